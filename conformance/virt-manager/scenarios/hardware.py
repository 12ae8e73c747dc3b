"""A network interface and a file system come and go."""
from accessible import until


def play(manager, container, network, directory):
    window = manager.open(container)
    hardware = window.find('table', 'hw-list')
    known = len(hardware.cells())

    add = opened(manager, window, 'Network')
    tab = add.find('.*', 'network-tab')
    tab.find('combo box', 'net-source').choose(f"Virtual network '{network}'.*")
    finish(manager, add, 'add-interface')
    until('one more device', lambda: len(hardware.cells()) == known + 1)

    add = opened(manager, window, 'Filesystem')
    tab = add.find('.*', 'filesystem-tab')
    tab.field('Source path:').write(directory)
    tab.field('Target path:').write('/mnt')
    finish(manager, add, 'add-filesystem')
    hardware.select('Filesystem /mnt')
    manager.picture('filesystem')

    for device in ['Filesystem /mnt', hardware.cells('NIC .*')[-1].name]:
        hardware.select(device)
        window.find('push button', 'config-remove').point()
        manager.question('remove this device').find('push button', 'Yes').press()
        until(f'{device} is gone', lambda: (manager.check(), not hardware.cells(device))[1])
    manager.close(window)


def opened(manager, window, kind):
    """The window that adds a device of that kind."""
    window.find('push button', 'add-hardware').press()
    add = manager.window('Add New Virtual Hardware')
    add.find('table').select(kind)
    return add


def finish(manager, add, name):
    manager.picture(name)
    add.find('push button', 'Finish').press()
    manager.gone('Add New Virtual Hardware')
