"""Storage pools and volumes, in the details of the connection."""
from accessible import until


def play(manager, pool, directory):
    host = details(manager, 'Storage')
    host.find('push button', 'pool-add').press()
    wizard = manager.window('Add a New Storage Pool')
    wizard.field('Name:').write(pool)
    wizard.field('Target Path:').write(directory)
    manager.picture('pool-wizard')
    wizard.find('push button', 'Finish').press()
    manager.gone('Add a New Storage Pool')
    pools = host.find('table', 'pool-list')
    add = host.find('push button', 'vol-new')

    def shown():
        """What is shown of a pool that became active while it was looked at is shown anew when it is chosen again."""
        for name in ['default', pool]:
            pools.select(f'{name}.*')
        return add.usable

    until('the pool is active', shown)
    add.press()
    wizard = manager.window('Add a Storage Volume')
    wizard.field('Name:').write('volume')
    wizard.field('Capacity:').write('0.1')
    manager.picture('volume-wizard')
    wizard.find('push button', 'Finish').press()
    manager.gone('Add a Storage Volume')
    volumes = host.find('table', 'vol-list')
    volumes.select('volume.*')
    manager.picture('volume')
    host.find('push button', 'vol-delete').point()
    manager.question('delete the volume').find('push button', 'Yes').press()
    until('the volume is gone', lambda: (manager.check(), not volumes.cells('volume.*'))[1])

    host.find('push button', 'pool-stop').press()
    host.find('push button', 'pool-delete').point()
    manager.question('delete the pool').find('push button', 'Yes').press()
    until('the pool is gone', lambda: (manager.check(), not pools.cells(f'{pool}.*'))[1])
    manager.close(host)


def details(manager, page):
    """The window of the connection."""
    manager.list().select('LXC')
    manager.main().find('menu item', 'Connection Details').press()
    host = manager.window('LXC .*Connection Details')
    host.find('page tab list').choose(page)
    manager.picture(f'host-{page}')
    return host
