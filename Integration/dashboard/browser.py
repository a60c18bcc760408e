"""A headless Chromium, driven by its DevTools protocol over a pipe: nothing but the standard library."""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Browser:
    """One page of one browser. What the page complains of is kept in `complaints`."""

    def __init__(self, program, session=None):
        self.folder = tempfile.mkdtemp(prefix='dash-chromium-')
        to_read, self.write_end = os.pipe()
        self.read_end, to_write = os.pipe()
        far = [fcntl.fcntl(to_read, fcntl.F_DUPFD, 60), fcntl.fcntl(to_write, fcntl.F_DUPFD, 60)]

        def settle():
            os.dup2(far[0], 3)
            os.dup2(far[1], 4)

        self.process = subprocess.Popen(
            [program, '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
             '--disable-background-networking', '--disable-component-update', '--hide-scrollbars', '--force-color-profile=srgb',
             '--ignore-certificate-errors', f'--user-data-dir={self.folder}', '--remote-debugging-pipe', 'about:blank'],
            preexec_fn=settle, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for descriptor in [to_read, to_write, *far]:
            os.close(descriptor)
        self.buffer = b''
        self.number = 0
        self.events = []
        self.complaints = []
        self.dialogs = []
        self.session = None
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ['Page', 'Runtime', 'Log', 'Network', 'DOM', 'Accessibility']:
            self.call(domain + '.enable')

    def close(self):
        try:
            self.call('Browser.close', whole=True)
        except (OSError, EOFError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # The protocol

    def call(self, method, whole=False, **parameters):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if self.session and not whole:
            message['sessionId'] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b'\0')
        number = self.number
        while True:
            answer = self.receive(60)
            if answer.get('id') == number:
                if 'error' in answer:
                    raise RuntimeError(f'{method}: {answer["error"]}')
                return answer.get('result', {})

    def receive(self, timeout):
        while b'\0' not in self.buffer:
            if not select.select([self.read_end], [], [], timeout)[0]:
                raise TimeoutError('the browser does not answer')
            octets = os.read(self.read_end, 1 << 20)
            if not octets:
                raise EOFError('the browser is gone')
            self.buffer += octets
        text, self.buffer = self.buffer.split(b'\0', 1)
        message = json.loads(text)
        if 'method' in message:
            self.note(message)
        return message

    def note(self, message):
        method, parameters = message['method'], message.get('params', {})
        self.events.append(method)
        if method == 'Runtime.consoleAPICalled' and parameters['type'] in ('error', 'warning', 'assert'):
            self.complaints.append('console: ' + ' '.join(str(each.get('value')) for each in parameters['args']))
        elif method == 'Runtime.exceptionThrown':
            self.complaints.append('exception: ' + str(parameters['exceptionDetails'].get('text')))
        elif method == 'Log.entryAdded' and parameters['entry']['level'] in ('error', 'warning'):
            entry = parameters['entry']
            self.complaints.append(f'{entry["source"]}: {entry["text"]} {entry.get("url", "")}')
        elif method == 'Page.javascriptDialogOpening':
            self.dialogs.append(parameters['message'])
            self.number += 1
            os.write(self.write_end, json.dumps(
                {'id': self.number, 'method': 'Page.handleJavaScriptDialog', 'params': {'accept': True},
                 'sessionId': self.session}).encode() + b'\0')

    # The page

    def wait_for(self, event, begin, timeout=30):
        end = time.monotonic() + timeout
        while event not in self.events[begin:]:
            if time.monotonic() > end:
                raise TimeoutError(f'no {event}')
            self.receive(timeout)

    def go(self, url):
        begin = len(self.events)
        answer = self.call('Page.navigate', url=url)
        if answer.get('errorText'):
            raise RuntimeError(f'{url}: {answer["errorText"]}')
        self.wait_for('Page.loadEventFired', begin)

    def run(self, script):
        answer = self.call('Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in answer:
            raise RuntimeError(str(answer['exceptionDetails'].get('exception', {}).get('description')))
        return answer['result'].get('value')

    def submit(self, values, form='main form', button=None):
        """Fills a form in and sends it as a person does: by its button."""
        begin = len(self.events)
        self.run(f'''(function () {{
            var form = document.querySelector({json.dumps(form)}), values = {json.dumps(values)};
            Object.keys(values).forEach(function (name) {{ form.elements[name].value = values[name]; }});
            ({f"document.querySelector({json.dumps(button)})" if button else "form.querySelector('button')"}).click();
        }})()''')
        self.wait_for('Page.loadEventFired', begin)

    def size(self, width, height, is_phone):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=is_phone)

    def scheme(self, name):
        self.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': name}])

    def scripts(self, allowed):
        self.call('Emulation.setScriptExecutionDisabled', value=not allowed)

    def key(self, name):
        for kind in ('rawKeyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=name, code=name, windowsVirtualKeyCode={'Tab': 9, 'Enter': 13}[name])

    def picture(self, path):
        size = self.call('Page.getLayoutMetrics')['cssContentSize']
        clip = {'x': 0, 'y': 0, 'width': size['width'], 'height': min(size['height'], 6000), 'scale': 1}
        data = self.call('Page.captureScreenshot', format='png', captureBeyondViewport=True, clip=clip)['data']
        with open(path, 'wb') as file:
            file.write(base64.b64decode(data))

    def unnamed(self):
        """Controls that a screen reader has no name for."""
        controls = {'button', 'link', 'textbox', 'searchbox', 'combobox', 'checkbox', 'image', 'region', 'navigation'}
        found = []
        for node in self.call('Accessibility.getFullAXTree')['nodes']:
            role = node.get('role', {}).get('value')
            if not node.get('ignored') and role in controls and not node.get('name', {}).get('value', '').strip():
                found.append(role)
        return found


# What is looked for in each page: a list of complaints.
CHECK = r'''
(function () {
  var problems = [];
  function say(text, element) { problems.push(text + (element ? ": " + element.outerHTML.slice(0, 120) : "")); }
  if (document.documentElement.lang !== "en") { say("no language"); }
  if (!/\S+ · Postseal$/.test(document.title)) { say("title: " + document.title); }
  if (document.querySelectorAll("main").length !== 1) { say("not one main"); }
  if (document.querySelectorAll("h1").length !== 1) { say("not one h1"); }
  var ids = {};
  document.querySelectorAll("[id]").forEach(function (e) { if (ids[e.id]) { say("id twice", e); } ids[e.id] = 1; });
  var level = 0;
  document.querySelectorAll("h1,h2,h3,h4").forEach(function (e) {
    var now = Number(e.tagName[1]);
    if (now > level + 1) { say("heading out of order", e); }
    level = now;
  });
  document.querySelectorAll("img").forEach(function (e) { if (!e.hasAttribute("alt")) { say("image without alt", e); } });
  document.querySelectorAll("input:not([type=hidden]),select,textarea").forEach(function (e) {
    if (!e.labels || e.labels.length === 0) { say("field without label", e); }
  });
  document.querySelectorAll("table").forEach(function (t) {
    if (!t.caption && !t.closest("[aria-label]")) { say("table without caption", t); }
    t.querySelectorAll("th").forEach(function (e) { if (!e.scope) { say("heading without scope", e); } });
  });
  document.querySelectorAll("[aria-describedby]").forEach(function (e) {
    if (!document.getElementById(e.getAttribute("aria-describedby"))) { say("described by nothing", e); }
  });
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) {
    say("wider than the window: " + document.documentElement.scrollWidth);
  }
  // What is too wide within a box that scrolls is not seen there.
  var isPhone = window.innerWidth <= 640;
  document.querySelectorAll(".scroll").forEach(function (e) {
    if (isPhone && e.querySelector(".stack") && e.scrollWidth > e.clientWidth + 1) { say("rows wider than their box: " + e.scrollWidth, e); }
  });
  document.querySelectorAll(".badge").forEach(function (e) {
    var box = e.closest("td,th,dd,p,h2,h3,li,.card");
    if (box && e.checkVisibility() && e.getBoundingClientRect().right > box.getBoundingClientRect().right + 1) { say("badge beyond its place", e); }
  });
  document.querySelectorAll("pre,.scroll").forEach(function (e) {
    if (e.tagName === "PRE" && e.scrollHeight <= e.clientHeight) { return; }
    if (e.tabIndex < 0 || !e.getAttribute("aria-label")) { say("scrolls without the keyboard", e); }
  });
  var canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  function colour(text) {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = "#000"; canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    var d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255];
  }
  function over(top, below) {
    return [0, 1, 2].map(function (i) { return top[i] * top[3] + below[i] * (1 - top[3]); }).concat([1]);
  }
  function ground(e) {
    var layers = [];
    for (; e; e = e.parentElement) {
      var c = colour(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) { layers.push(c); if (c[3] >= 1) { break; } }
    }
    var below = [255, 255, 255, 1];
    layers.reverse().forEach(function (c) { below = over(c, below); });
    return below;
  }
  function light(c) {
    var parts = c.slice(0, 3).map(function (v) { v /= 255; return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  }
  var worst = {};
  var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    var e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest("svg,.hidden,.skip,script")) { continue; }
    var style = getComputedStyle(e), below = ground(e), text = over(colour(style.color), below);
    var a = light(text), b = light(below), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    var size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) { worst[style.color + " on " + below.map(Math.round)] = ratio.toFixed(2) + " " + walker.currentNode.data.trim().slice(0, 30); }
  }
  Object.keys(worst).forEach(function (k) { say("contrast " + k + " is " + worst[k]); });
  return problems;
})()
'''
