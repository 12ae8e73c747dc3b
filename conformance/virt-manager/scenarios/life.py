"""A container's life by the buttons of its window."""


def play(manager, container):
    window = manager.open(container)

    def expect(words):
        manager.status(container, words)

    expect('Shutoff')
    window.find('push button', 'Run').press()
    expect('Running')
    manager.picture('running')
    pause = window.find('toggle button', 'Pause')
    pause.press()
    expect('Paused')
    manager.picture('paused')
    pause.press()
    expect('Running')
    window.find('push button', 'Shut Down').press()
    expect('Shutoff')
    window.find('push button', 'Run').press()
    expect('Running')
    window.pick('Menu', 'Force Off')
    manager.question('force poweroff').find('push button', 'Yes').press()
    expect('Shutoff')
    manager.close(window)
