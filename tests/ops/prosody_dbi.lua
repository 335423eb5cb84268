-- SPDX-License-Identifier: Apache-2.0
-- What Prosody's mod_storage_sql wants of LuaDBI, for machines that have Prosody without it: statements go through a pipe to the check,
-- which carries them out with its own SQLite (check_migrate.py, class Statements).
local pipe = os.getenv("PROSODY_DBI")
local out, answers

local function put(text)
	out:write(#text, "\n", text)
end

local function get()
	local len = answers:read("n")
	answers:read(1) -- the line's end
	return len > 0 and answers:read(len) or ""
end

local function ask(sql, ...)
	local n = select("#", ...)
	put(sql)
	put(tostring(n))
	for i = 1, n do
		local value = select(i, ...)
		put((type(value) == "number" and "n" or "s") .. tostring(value))
	end
	out:flush()
	local result = { affected = tonumber(get()) }
	local rows, columns = tonumber(get()), tonumber(get())
	for i = 1, rows do
		result[i] = {}
		for j = 1, columns do
			local text = get()
			result[i][j] = text:sub(1, 1) == "n" and tonumber(text:sub(2)) or text:sub(1, 1) == "s" and text:sub(2) or nil
		end
	end
	return result
end

local function prepare(_, sql)
	local result
	return {
		execute = function(_, ...)
			result = ask(sql, ...)
			return true
		end,
		rows = function()
			local i = 0
			return function()
				i = i + 1
				return result[i]
			end
		end,
		affected = function() return result.affected end,
		rowcount = function() return #result end,
		close = function() return true end,
	}
end

local function yes() return true end

return {
	Drivers = function() return { "SQLite3" } end,
	Connect = function()
		out, answers = assert(io.open(pipe .. ".in", "wb")), assert(io.open(pipe .. ".out", "rb"))
		return { autocommit = yes, commit = yes, rollback = yes, ping = yes, close = yes, prepare = prepare }
	end,
}
