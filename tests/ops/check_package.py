# SPDX-License-Identifier: Apache-2.0
"""The Debian package, packed from the programs of the build under test: its bytes, what is in it, and its life in a root of
its own, where dpkg runs the maintainer scripts with DPKG_ROOT. ./dev fresh does the same with the real one in a bare Debian."""
import atexit
import contextlib
import filecmp
import functools
import shutil
import tempfile

from bed import HERE, LONG, PARLEYD, Skip, equal, os, re, run, want

HOUSE = os.path.join(HERE, "../..")
BUILD = os.path.dirname(os.path.dirname(PARLEYD or ""))


def pack(folder, version, is_built=True, **env):
    """Makes the package in folder, of programs that are there or (not is_built) of new ones; gives back its path."""
    built = ("--built", BUILD) if is_built else ()
    code, out, err = run(os.path.join(HOUSE, "tools/package"), "--version", version, *built, "--work", f"{folder}/work", "--out", folder,
                         seconds=300 if is_built else 3600, env=env)
    want(code == 0, err)
    return [line for line in out.splitlines() if "/parley_" in line][0]


@contextlib.contextmanager
def folders(*names):
    home = tempfile.mkdtemp(prefix="parley-package-")
    try:
        yield [os.path.join(home, name) for name in names]
    finally:
        shutil.rmtree(home)


def good(*words, **more):
    code, out, err = run(*words, **more)
    want(code == 0, f"{words}: {out}{err}")
    return out


@functools.cache
def packed():
    """The package, made once for all checks, of version 1.0-1."""
    home = tempfile.mkdtemp(prefix="parley-package-")
    atexit.register(shutil.rmtree, home)
    return pack(home, "1.0-1")


def repacked(package, folder, version):
    """The same package as another version, with another configuration to begin with."""
    good("dpkg-deb", "-R", package, folder)
    with open(os.path.join(folder, "usr/share/parley/parley.conf"), "a", encoding="utf-8") as file:
        file.write("# Another one.\n")
    control = os.path.join(folder, "DEBIAN/control")
    with open(control, encoding="utf-8") as file:
        text = file.read()
    with open(control, "w", encoding="utf-8") as file:
        file.write(text.replace("Version: 1.0-1\n", f"Version: {version}\n"))
    return good("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", folder, folder + ".deb") and folder + ".deb"


def unpacked_is_whole(package, root):
    """What must hold for the files of the package, unpacked at root."""
    listing = [line.split(None, 5) for line in good("dpkg-deb", "-c", package).splitlines()]
    for mode, owner, *_, path in listing:
        equal(owner, "root/root", path)
        want("s" not in mode and "w" not in mode[4:], f"{mode} {path}")
    good("dpkg-deb", "-R", package, root)
    want(not os.path.exists(f"{root}/DEBIAN/conffiles"), "dpkg would ask about files of the administrator")
    for name in ("man8/parleyd.8", "man8/parleyctl.8", "man5/parley.conf.5"):
        page = good("gzip", "-dc", f"{root}/usr/share/man/{name}.gz")
        want(page.startswith(".TH") and ".SH SEE ALSO" in page, name)
    want("sessions kick" in good("gzip", "-dc", f"{root}/usr/share/man/man8/parleyctl.8.gz"), "a command in parleyctl(8)")
    good(f"{root}/usr/sbin/parleyd", "--check", "--config", f"{root}/usr/share/parley/parley.conf")
    with open(f"{root}/usr/share/parley/parley.conf", "r+", encoding="utf-8") as file:
        text = re.sub(r"^#(?=listen|  \w+ +=|};|acme)", "", file.read(), flags=re.M)
        want(text.count('"[::]:') == 5 and "\nacme" in text, text)
        file.seek(0)
        file.truncate()
        file.write(text)
    good(f"{root}/usr/sbin/parleyd", "--check", "--config", f"{root}/usr/share/parley/parley.conf")
    unit = f"{root}/lib/systemd/system/parley.service"
    with open(unit, encoding="utf-8") as file:
        programs = re.findall(r"^Exec\w+=(\S+)", file.read(), re.M)
    want(set(programs) <= {"/usr/sbin/parleyd", "/bin/sh"}, f"the unit calls what may not be there: {programs}")
    score = re.search(r"Overall exposure level for parley.service: ([\d.]+)",
                      good("systemd-analyze", "security", "--offline=true", "--no-pager", unit))
    want(score and float(score[1]) <= 2.0, score)


def check_same_bytes():
    """two packages of the same sources are the same byte by byte, wherever and whenever they are made, and lintian has nothing to say"""
    with folders("elsewhere", "root") as (elsewhere, root):
        first = packed()
        second = pack(elsewhere, "1.0-1", TZ="Asia/Tokyo", LANG="C")
        want(filecmp.cmp(first, second, shallow=False), "the two differ")
        equal(run("lintian", "--fail-on", "error,warning", "--no-tag-display-limit", "--allow-root", first, seconds=300)[:2], (0, ""))
        unpacked_is_whole(first, root)


def check_same_build():
    """built twice from the sources, in two folders and without a cache: the same bytes (long form)"""
    if not LONG:
        raise Skip("OPS_LONG=1")
    with folders("one", "elsewhere/two") as (one, two):
        packages = [pack(folder, "1.0-1", False, CC="gcc", CCACHE_DISABLE="1", DEB_BUILD_OPTIONS="") for folder in (one, two)]
        want(filecmp.cmp(*packages, shallow=False), "the two differ")


class Root:
    """A folder that dpkg takes for a system."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc", "run"):
            os.makedirs(os.path.join(folder, name))
        for name in ("var/lib/dpkg/status", "etc/passwd", "etc/group", "etc/shadow"):
            self.write(name, "root:x:0:\n" if name == "etc/group" else "root:x:0:0::/root:/bin/sh\n" if name == "etc/passwd" else "")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def has(self, name):
        return os.path.lexists(self.path(name))

    def dpkg(self, *words):
        user = () if os.getuid() == 0 else ("unshare", "-r")
        good(*user, "dpkg", f"--root={self.folder}", "--force-script-chrootless", "--force-depends", *words,
             seconds=120)

    def state(self):
        return good("dpkg-query", f"--admindir={self.folder}/var/lib/dpkg", "-W", "-f", "${db:Status-Status} ${Version}", "parley")


def check_life():
    """an upgrade leaves an edited configuration and the data alone, removal keeps both, and only a purge takes the data"""
    with folders("new", "root") as (folder, where):
        old, new = packed(), repacked(packed(), folder, "1.1-1")
        root = Root(where)
        root.dpkg("-i", old)
        equal(root.state(), "installed 1.0-1")
        want(re.search(r"^parley:.*:/var/lib/parley:/usr/sbin/nologin$", root.read("etc/passwd"), re.M), root.read("etc/passwd"))
        for name in ("var/lib/parley", "var/backups/parley"):
            equal(os.stat(root.path(name)).st_mode & 0o777, 0o700, name)
        want(root.has("etc/systemd/system/multi-user.target.wants/parley.service"), "not enabled")
        equal(os.stat(root.path("etc/parley")).st_mode & 0o777, 0o750, "etc/parley")
        edited = root.read("etc/parley/parley.conf").replace('"localhost"', '"chat.example"')
        root.write("etc/parley/parley.conf", edited)
        for name in ("var/lib/parley/parley.db", "var/backups/parley/kept", "etc/parley/own.pem"):
            root.write(name, "all that was said")
        root.dpkg("-i", new)
        equal(root.state(), "installed 1.1-1")
        equal(root.read("etc/parley/parley.conf"), edited, "the configuration")
        equal(root.read("var/lib/parley/parley.db"), "all that was said", "the data")
        root.dpkg("-r", "parley")
        equal(root.state(), "config-files 1.1-1")
        equal((root.has("usr/sbin/parleyd"), root.has("lib/systemd/system/parley.service")), (False, False), "programs and unit")
        equal((root.read("etc/parley/parley.conf"), root.read("var/lib/parley/parley.db")), (edited, "all that was said"))
        root.dpkg("-i", new)
        equal(root.read("etc/parley/parley.conf"), edited, "the configuration, installed again")
        root.dpkg("-P", "parley")
        equal([root.has(name) for name in ("var/lib/parley", "etc/parley/parley.conf", "var/backups/parley/kept", "etc/parley/own.pem")],
              [False, False, True, True], "what a purge leaves")
