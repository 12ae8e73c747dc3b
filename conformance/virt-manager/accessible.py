"""A program's windows by their accessibility tree: found by role and name, used as a person would. Everything waits until it
can be done; what cannot be done in time is told with what was there in its place."""
import re
import time

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib  # noqa: E402

LIMIT = 60
"""Seconds that anything may take: the machine may have much else to do."""


def until(what, ask, limit=LIMIT):
    """Asks until the answer is true, and returns it. What vanishes while it is looked at is asked for again."""
    end = time.monotonic() + limit
    answer = None
    while time.monotonic() < end:
        try:
            answer = ask()
        except GLib.Error:
            answer = None
        if answer:
            return answer
        time.sleep(0.1)
    raise TimeoutError(f'waited {limit} s in vain: {what}')


def fresh(node):
    """Nobody runs the loop that would keep up to date what the library remembers."""
    node.clear_cache()
    return node


def children(node):
    return [fresh(child) for child in map(node.get_child_at_index, range(node.get_child_count())) if child]


def has(node, state):
    return fresh(node).get_state_set().contains(state)


def below(node, hidden=False):
    """Everything in a window that shows, in the order of the tree; menus have what they would show."""
    for child in children(node):
        if hidden or has(child, Atspi.StateType.SHOWING) or 'menu' in child.get_role_name():
            yield child
            yield from below(child, hidden)


def matches(pattern, text):
    return re.fullmatch(pattern, text or '', re.DOTALL) is not None


class Part:
    """A part of a window."""

    def __init__(self, node):
        self.node = node

    @property
    def name(self):
        return self.node.get_name()

    @property
    def text(self):
        """What is written in it."""
        if 'Text' in self.node.get_interfaces():
            return Atspi.Text.get_text(self.node, 0, -1)
        return self.name

    @property
    def usable(self):
        return has(self.node, Atspi.StateType.SENSITIVE)

    @property
    def checked(self):
        return has(self.node, Atspi.StateType.CHECKED)

    @property
    def shows(self):
        return has(self.node, Atspi.StateType.SHOWING)

    def all(self, role, name='.*', hidden=False):
        """All parts of that role whose names match."""
        return [
            Part(node)
            for node in below(self.node, hidden)
            if matches(role, node.get_role_name()) and matches(name, node.get_name())
        ]

    def find(self, role, name='.*', hidden=False):
        """The first part of that role whose name matches, once it is there."""
        return until(f'{role} {name!r} in {self.name!r}', lambda: next(iter(self.all(role, name, hidden)), None))

    def field(self, label):
        """What can be written in right of a label, as a person sees it."""

        def beside():
            for one in self.all('label', label):
                left, top, width, height = one.box()
                middle = top + height / 2
                row = [part for part in self.all('text|spin button') if part.box()[1] <= middle <= part.box()[1] + part.box()[3]]
                right = [part for part in row if part.box()[0] >= left + width]
                if right:
                    return min(right, key=lambda part: part.box()[0])
            return None

        return until(f'a field {label!r} in {self.name!r}', beside)

    def press(self):
        until(f'{self.name!r} can be pressed', lambda: self.usable)
        Atspi.Action.do_action(self.node, 0)

    def check(self, wanted=True):
        if self.checked != wanted:
            self.press()
            until(f'{self.name!r} is {wanted}', lambda: self.checked == wanted)

    def write(self, text):
        """Replaces what is written in it."""
        until(f'{self.name!r} can be written in', lambda: self.usable)
        if 'Value' in self.node.get_interfaces():
            Atspi.Value.set_current_value(self.node, float(text))
            return
        Atspi.EditableText.set_text_contents(self.node, text)

    def choose(self, name):
        """The item of a combo box, or the page of a notebook."""
        role = 'page tab' if self.node.get_role_name() == 'page tab list' else 'menu item'

        def items():
            parent = self.node if role == 'page tab' else children(self.node)[0]
            return [at for at, item in enumerate(children(parent)) if matches(name, item.get_name())]

        which = until(f'{role} {name!r} in {self.name!r}', items)
        Atspi.Selection.select_child(self.node, which[0])

    def cells(self, name='.*'):
        """The cells of a table whose text matches."""
        return [cell for cell in self.all('table cell', name) if cell.name]

    def select(self, name):
        """The row of a table that has such a cell."""

        def chosen():
            for cell in self.cells(name):
                top = cell.node
                while top.get_parent().get_role_name() == 'table cell':
                    top = top.get_parent()
                row = Atspi.Table.get_row_at_index(self.node, top.get_index_in_parent())
                Atspi.Table.add_row_selection(self.node, row)
                return Atspi.Table.is_row_selected(self.node, row)
            return False

        until(f'row {name!r} of {self.name!r}', chosen)

    def box(self):
        """Where it is on the screen: left, top, width, height."""
        box = Atspi.Component.get_extents(self.node, Atspi.CoordType.SCREEN)
        return box.x, box.y, box.width, box.height

    def point(self):
        """Clicks into its middle with the mouse, which also gives it the keyboard."""
        until(f'{self.name!r} shows', lambda: self.shows and self.usable)
        left, top, width, height = self.box()
        Atspi.generate_mouse_event(left + width // 2, top + height // 2, 'b1c')

    def pick(self, menu, item):
        """
        An item of a menu, with the mouse. (When it is pressed by its accessible action and asks a question, the program
        answers nobody any more until someone has answered.)
        """
        self.find('menu|toggle button', menu).point()
        until(f'{item!r} of {menu!r}', lambda: next((one for one in self.all('menu item', item) if one.shows), None)).point()


def type_keys(text):
    """Types on the keyboard of the display; each character as its own key."""
    for character in text:
        symbol = 0xFF0D if character == '\n' else ord(character)
        Atspi.generate_keyboard_event(symbol, None, Atspi.KeySynthType.SYM)
