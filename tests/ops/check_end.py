# SPDX-License-Identifier: Apache-2.0
"""The end of the server by command (XEP-0133 4.30, 4.31): what its exit code tells who watches over it."""
from bed import Server, closing, equal, signal, soon, until, want

COMMANDS, ADMIN = "http://jabber.org/protocol/commands", "http://jabber.org/protocol/admin"


def command(admin, name, delay, text=""):
    """Runs restart or shutdown, up to the answer that it is completed."""
    first = admin.request("set", f"<command xmlns='{COMMANDS}' action='execute' node='{ADMIN}#{name}'/>", soon(), "localhost")
    session = first.find("command").attrs["sessionid"]
    words = f"<field var='announcement'><value>{text}</value></field>" if text else ""
    form = (f"<x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>{ADMIN}</value></field>"
            f"<field var='delay'><value>{delay}</value></field>{words}</x>")
    last = admin.request("set", f"<command xmlns='{COMMANDS}' node='{ADMIN}#{name}' sessionid='{session}'>{form}</command>", soon(), "localhost")
    equal(last.find("command").attrs["status"], "completed")


def exit_code(server):
    until(lambda: server.child.poll() is not None, "the server to end", 30)
    return server.child.returncode


def check_restart():
    """restart: all are told, streams end in order, the exit code is 75, and it starts again"""
    with Server(users=("admin", "juliet")) as server:
        with closing(server.login("admin/one"), server.login("juliet/one")) as (admin, juliet):
            admin.message("juliet@localhost", "still here")
            juliet.hear_body("still here")
            command(admin, "restart", 0, "Back at once.")
            juliet.hear_body("Back at once.")
            juliet.error("system-shutdown")
            equal(exit_code(server), 75)
        server.start()
        with closing(server.login("juliet/two")) as (juliet,):
            juliet.ping(soon())


def check_shutdown():
    """shutdown: the exit code is 0, so that nobody starts it again"""
    with Server(users=("admin",)) as server:
        with closing(server.login("admin/one")) as (admin,):
            command(admin, "shutdown", 0)
            equal(exit_code(server), 0)


def check_last_word():
    """the last one who asks is heard; a signal before the time is up is an end for good"""
    with Server(users=("admin",)) as server:
        with closing(server.login("admin/one")) as (admin,):
            command(admin, "shutdown", 300)
            command(admin, "restart", 0)
            equal(exit_code(server), 75)
    with Server(users=("admin",)) as server:
        with closing(server.login("admin/one")) as (admin,):
            command(admin, "restart", 300)
            admin.ping(soon())
            want(server.is_running(), "the server ended at once")
            server.child.send_signal(signal.SIGTERM)
            equal(exit_code(server), 0)
