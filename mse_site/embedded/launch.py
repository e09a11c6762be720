"""Run as a script: become a command that gets a signal when the process that started it dies."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
INHERITED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGCHLD)


def main(parent: int, death_signal: int, niceness: int, user: tuple[int, int], command: list[str]) -> None:
    """The signal comes when the *thread* that started this process ends. `user`: uid and gid; below zero, no change."""
    uid, gid = user
    for number in INHERITED:  # nohup and shells leave some of them ignored, which would pass on to the command
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.nice(niceness)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after setuid, which takes the request back
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked to be told
        sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    _parent, _signal, _niceness, _uid, _gid = map(int, sys.argv[1:6])
    main(_parent, _signal, _niceness, (_uid, _gid), sys.argv[6:])
