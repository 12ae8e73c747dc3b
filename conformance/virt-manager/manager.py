"""Stock virt-manager as its user has it in front: the windows it opens, the errors it tells, and pictures of both."""
import os
import re
import subprocess
import time

import gi

gi.require_version('Gdk', '3.0')
from gi.repository import Gdk  # noqa: E402

from accessible import Atspi, Part, children, fresh, until  # noqa: E402


class Told(Exception):
    """virt-manager showed an error."""


SETTINGS = """[org/virt-manager/virt-manager/stats]
enable-memory-poll=true
enable-disk-poll=true
enable-net-poll=true
"""
"""What its user has changed: all graphs are on."""


class Manager:
    def __init__(self, log, screenshots):
        settings = os.path.join(os.environ['HOME'], '.config/glib-2.0/settings')
        os.makedirs(settings, exist_ok=True)
        with open(os.path.join(settings, 'keyfile'), 'w') as file:
            file.write(SETTINGS)
        self.log_file = log
        self.screenshots = screenshots
        self.pictures = 0
        command = ['/usr/bin/virt-manager', '--debug', '--connect', 'lxc:///']
        with open(log, 'w') as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, 'GSETTINGS_BACKEND': 'keyfile'})
        self.application = Part(until('virt-manager is there', self._application))

    def _application(self):
        if self.process.poll() is not None:
            raise Told(f'virt-manager ended: {self.log()[-2000:]}')
        return next((one for one in children(fresh(Atspi.get_desktop(0))) if one.get_name() == 'virt-manager'), None)

    def log(self):
        with open(self.log_file) as text:
            return text.read()

    def windows(self):
        return [Part(node) for node in children(self.application.node)]

    def window(self, title):
        """The window of that title, once it shows."""
        return until(f'a window {title!r}', lambda: self._window(title))

    def _window(self, title):
        self.check()
        return next((one for one in self.windows() if one.shows and re.fullmatch(title, one.name)), None)

    def gone(self, title):
        until(f'no window {title!r}', lambda: not self._window(title))

    def question(self, words):
        """The dialog that asks this; another one is an error."""

        def asked():
            return next((one for one in self._dialogs() if any(re.search(words, text) for text in texts(one))), None)

        return until(f'a question {words!r}', asked)

    def _dialogs(self):
        return [one for one in self.windows() if one.node.get_role_name() in ('alert', 'dialog') and one.shows]

    def check(self):
        """Nothing went wrong: no dialog complains, nothing was thrown."""
        alerts = [texts(one) for one in self._dialogs() if one.name == 'vmm dialog']
        if alerts:
            raise Told(f'virt-manager complains: {alerts}')
        thrown = re.search(r'^Traceback.*', self.log(), re.MULTILINE | re.DOTALL)
        if thrown:
            raise Told(f'virt-manager logged: {thrown[0][:2000]}')

    def main(self):
        return self.window('Virtual Machine Manager')

    def list(self):
        return self.main().find('tree table', 'vm-list')

    def status(self, container, words):
        """Waits until the list says this of a container."""
        until(f'{container} is {words}', lambda: (self.check(), self.list().cells(f'{container}\n{words}'))[1])

    def open(self, container):
        """The window of a container, with its details."""
        self.list().select(f'{container}\n.*')
        self.main().find('push button', 'Open').press()
        window = self.window(f'{container} on LXC')
        window.find('radio button', 'Details').check()
        return window

    def close(self, window):
        title = re.escape(window.name)
        window.find('menu item', 'Close').press()
        self.gone(title)

    def picture(self, name):
        """Keeps what is to be seen, once it is drawn."""
        time.sleep(0.3)
        self.pictures += 1
        root = Gdk.get_default_root_window()
        pixels = Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())
        pixels.savev(os.path.join(self.screenshots, f'{self.pictures:02d}-{name}.png'), 'png', [], [])
        return pixels


def texts(part):
    """All that is written in a window."""
    return [label.name for label in part.all('label') if label.name]
