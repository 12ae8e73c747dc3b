"""Every pane of a container's details."""
from accessible import until

PAGES = {
    'Overview': 'overview-tab',
    'OS information': 'os-tab',
    'Performance': 'performance-tab',
    'CPUs': 'cpu-tab',
    'Memory': 'memory-tab',
    'Boot Options': 'boot-tab',
    'NIC .*': 'network-tab',
    'Console 1': 'char-tab',
    'Filesystem /': 'filesystem-tab',
}


def play(manager, container):
    window = manager.open(container)
    hardware = window.find('table', 'hw-list')
    shown = [cell.name for cell in hardware.cells()]
    for pane, page in PAGES.items():
        hardware.select(pane)
        window.find('.*', page)
        manager.check()
        manager.picture(f'details-{page}')
    if len(shown) != len(PAGES):
        raise AssertionError(f'other devices than expected: {shown}')
    manager.close(window)
