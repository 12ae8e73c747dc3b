"""Typing on a container's console, and the graphs of one that works."""
import re

from accessible import type_keys, until


def play(manager, container):
    idle = drawn(manager, container)
    window = manager.open(container)
    console(manager, window)
    window.find('radio button', 'Details').check()
    window.find('table', 'hw-list').select('Performance')
    figures = window.find('.*', 'performance-tab')

    def usage():
        return [int(label.name.removesuffix(' %')) for label in figures.all('label', r'\d+ %')]

    until('the CPU is in use', lambda: any(percent > 5 for percent in usage()))
    until('the memory is in use', lambda: figures.all('label', r' *[1-9]\d* MiB of 64 MiB'))
    manager.picture('performance')
    manager.close(window)
    until('the graph of the list rises', lambda: drawn(manager, container) > idle + 20)
    manager.picture('list-with-graph')


def console(manager, window):
    window.find('radio button', 'Console').check()
    terminal = window.find('.*', 'Serial Terminal')
    terminal.point()
    type_keys('\n')
    until('a shell on the console', lambda: '/ #' in terminal.text)
    type_keys('echo $((6*7))-answers\n')
    until('the answer of the shell', lambda: '\n42-answers' in terminal.text)
    manager.picture('console')
    type_keys('while :; do :; done &\n')
    until('the shell works', lambda: re.search('done &\n', terminal.text))


def drawn(manager, container):
    """How many points of a container's graph in the list are drawn: blue on white."""
    table = manager.list()
    row = table.cells(f'{container}\n.*')[0]
    header = table.find('table column header', 'CPU usage')
    (_, top, _, height), (left, _, width, _) = row.box(), header.box()
    part = manager.picture('list').new_subpixbuf(left, top, width, height)
    pixels, stride, channels = part.get_pixels(), part.get_rowstride(), part.get_n_channels()
    points = (pixels[y * stride + x * channels :][:3] for y in range(height) for x in range(width))
    return sum(red < 180 and blue > red + 40 for red, _, blue in points)
