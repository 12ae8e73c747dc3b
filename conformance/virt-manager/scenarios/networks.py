"""Virtual networks, in the details of the connection."""
from accessible import until

from scenarios.storage import details


def play(manager, name):
    host = details(manager, 'Overview')
    host.find('page tab list').choose('Virtual Networks')
    host.find('push button', 'net-add').press()
    wizard = manager.window('Create a new virtual network')
    wizard.field('Name:').write(name)
    wizard.find('combo box', 'net-mode').choose('Isolated')
    manager.picture('network-wizard')
    wizard.find('push button', 'Finish').press()
    manager.gone('Create a new virtual network')
    networks = host.find('table', 'net-list')
    networks.select(name)
    stop, start = host.find('push button', 'net-stop'), host.find('push button', 'net-start')
    until('the network is active', lambda: (manager.check(), stop.usable)[1])
    manager.picture('network')
    stop.press()
    until('the network is stopped', lambda: (manager.check(), start.usable)[1])
    start.press()
    until('the network is active', lambda: (manager.check(), stop.usable)[1])
    stop.press()
    until('the network is stopped', lambda: (manager.check(), start.usable)[1])
    host.find('push button', 'net-delete').point()
    manager.question('delete the network').find('push button', 'Yes').press()
    until('the network is gone', lambda: (manager.check(), not networks.cells(name))[1])
    manager.close(host)
