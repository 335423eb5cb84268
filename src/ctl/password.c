/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords from a terminal or a pipe. One thread. */
#include "ctl/password.h"

#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* Waits for input; false when a signal (on signals, or -1) came first: the terminal must get its
 * echo back before the process ends. */
static bool wait_input(int signals)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };

	while (poll(fds, array_len(fds), -1) < 0) {
		if (errno != EINTR)
			return false;
	}
	return !(fds[1].revents & POLLIN);
}

/* One line, byte by byte: what stands behind it is not ours to take. */
static enum err read_line(int signals, char *buf)
{
	size_t len = 0;

	for (;;) {
		char c;
		ssize_t n;

		if (!wait_input(signals))
			return ERR_CLOSED;
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0 && len == 0)
			return ERR_CLOSED;
		if (n == 0 || c == '\n')
			break;
		if (len + 1 == PASSWORD_MAX)
			return ERR_TOO_BIG;
		buf[len++] = c;
	}
	buf[len] = '\0';
	return OK;
}

static enum err ask(const char *prompt, int signals, char *buf)
{
	enum err err;

	(void)fputs(prompt, stderr);
	(void)fflush(stderr);
	err = read_line(signals, buf);
	(void)fputs("\n", stderr);
	return err;
}

static enum err ask_twice(int signals, char *buf)
{
	char again[PASSWORD_MAX];
	enum err err = ask("Password: ", signals, buf);

	if (err)
		return err;
	err = ask("The same again: ", signals, again);
	if (!err && !str_eq(str_from(buf), str_from(again)))
		err = ERR_INVALID;
	explicit_bzero(again, sizeof(again));
	return err;
}

enum err password_read(char *buf)
{
	struct termios before, quiet;
	sigset_t set, old;
	enum err err;
	int signals;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return read_line(-1, buf);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGTSTP);
	if (sigprocmask(SIG_BLOCK, &set, &old) != 0)
		return ERR_IO;
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	err = signals < 0 || tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) != 0 ? ERR_IO : OK;
	if (!err) {
		err = ask_twice(signals, buf);
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before); /* nothing better to do */
	}
	if (signals >= 0)
		(void)close(signals); /* nothing is lost by it */
	/* A signal that came is delivered now, and ends the process. */
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return err;
}
