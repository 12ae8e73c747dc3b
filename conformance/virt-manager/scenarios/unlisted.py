"""The list does not show a container any more."""
from accessible import until


def play(manager, container):
    until(f'{container} is gone', lambda: not manager.list().cells(f'{container}\n.*'))
