"""The wizard for new containers."""


def play(manager, kind, name, what, network):
    """
    `kind` is Application or Operating system; `what` is the program, or the directory of the root tree; `network` is a
    bridge, or nothing for what the wizard proposes.
    """
    manager.main().find('push button', 'New').press()
    wizard = manager.window('New VM')
    wizard.find('radio button', f'{kind} container').check()
    manager.picture('wizard-kind')
    forward = wizard.find('push button', 'Forward')
    forward.press()
    wizard.find('text').write(what)
    manager.picture('wizard-source')
    forward.press()
    wizard.field('Memory:').write('64')
    forward.press()
    wizard.field('Name:').write(name)
    if network:
        if not wizard.all('combo box', 'net-source'):
            wizard.find('toggle button', '.*Network selection').press()
        wizard.find('combo box', 'net-source').choose('Bridge device...')
        wizard.field('Device name:').write(network)
    manager.picture('wizard-finish')
    wizard.find('push button', 'Finish').press()
    manager.gone('New VM')
    window = manager.window(f'{name} on LXC')
    manager.status(name, 'Running')
    manager.picture('wizard-made')
    manager.close(window)
