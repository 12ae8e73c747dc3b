#!/usr/bin/python3
"""play.py LOG SCREENSHOTS: starts virt-manager and plays scenarios with it: a line of its input names one with its arguments,
a line of its output tells that it was done, or how it failed."""
import importlib
import json
import sys
import traceback

from manager import Manager


def play(manager, name, arguments):
    try:
        importlib.import_module(f'scenarios.{name}').play(manager, *arguments)
        manager.check()
        return None
    except Exception as error:  # whatever it is, it is told
        manager.picture(f'{name}-failed')
        return f'{error}\n{"".join(traceback.format_exception(error))}'


def main(log, screenshots):
    manager = Manager(log, screenshots)
    try:
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            failure = play(manager, name, arguments)
            print(json.dumps(dict(played=name, failure=failure)), flush=True)
    finally:
        manager.process.terminate()


main(*sys.argv[1:])
