"""The list shows a container, in a state."""


def play(manager, container, words):
    manager.status(container, words)
