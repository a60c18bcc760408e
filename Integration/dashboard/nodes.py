"""Two nodes over one PostgreSQL: the same accounts, the same sessions, and nobody let in while it is away."""
import os
import time

import world as worlds


def run(postseal, folder, cluster, check, program):
    database = cluster.create('postseal')
    nodes = []
    try:
        for name in ['one', 'two']:
            os.makedirs(f'{folder}/{name}')
            nodes.append(worlds.World(postseal, f'{folder}/{name}', database))
        for made in nodes[0].make_accounts():
            check('an account is made in the database by the command', made.returncode == 0, made.stderr)
        check('none is made twice', nodes[1].run('account', 'add', 'ada', '--role', 'operator', '--accounts', database, given=worlds.PASSWORD + '\n').returncode == 2)
        listed = nodes[1].run('account', 'list', '--accounts', database).stdout
        check('the command lists them', 'vera  viewer  example.com' in listed, listed)
        check('no password is in the database', worlds.PASSWORD not in cluster.psql('postseal', 'SELECT content FROM dashboard_accounts').stdout)
        for node in nodes:
            node.start()
        sessions(nodes, cluster, check, program)
        away(nodes, cluster, check, program)
    finally:
        for node in nodes:
            node.stop()


def seen(node, browser, target='/account'):
    browser.port = node.port
    return browser.ask('GET', target).status


def sessions(nodes, cluster, check, program):
    one, two = nodes
    browser = program(one.port)
    check('one logs in at the first', browser.log_in('ada').status == 303)
    check('and is known at the second', seen(two, browser) == 200)
    kept = cluster.psql('postseal', "SELECT encode(hash, 'escape') FROM dashboard_sessions").stdout
    check('no cookie is in the database', kept and browser.cookies['postseal'] not in kept)
    port = one.port
    one.stop()
    one.start(port=port)
    check('a restart ends nothing', seen(one, browser) == 200)
    browser.port = one.port
    csrf = browser.csrf('/account')
    browser.port = two.port
    check('a form of the first counts at the second', browser.ask('POST', '/logout', {'csrf': csrf}).status == 303)
    # As a thief has it who copied the cookie before.
    thief = program(one.port)
    check('logging in again', thief.log_in('vera').status == 303)
    cookie = dict(thief.cookies)
    thief.port = two.port
    check('logging out at the second', thief.ask('POST', '/logout', {'csrf': thief.csrf('/account')}).status == 303)
    thief.cookies = cookie
    check('has ended it at the first', seen(one, thief) == 303)
    late = program(one.port)
    late.log_in('otto')
    one.run('account', 'password', 'otto', '--accounts', one.accounts, given='another good password\n')
    check('another password by the command ends sessions on both', seen(one, late) == 303 and seen(two, late) == 303)
    one.run('account', 'remove', 'otto', '--accounts', one.accounts)
    check('and nothing is left of them', cluster.psql('postseal', "SELECT count(*) FROM dashboard_sessions WHERE account = 'otto'").stdout.strip() == '0')


def away(nodes, cluster, check, program):
    one, two = nodes
    browser = program(one.port)
    browser.log_in('ada')
    stranger = program(two.port)
    csrf = stranger.csrf('/login')
    cluster.stop()
    for node in nodes:
        check('while it is away the page says so', seen(node, browser) == 503)
    form = {'csrf': csrf, 'name': 'ada', 'password': worlds.PASSWORD}
    answer = stranger.ask('POST', '/login', form)
    check('and nobody is let in', answer.status == 503 and 'postseal' not in stranger.cookies, answer.status)
    check('nor told that he is out', browser.ask('POST', '/logout', {'csrf': csrf}).status == 503)
    cluster.start()

    def back():
        return all(seen(node, browser) == 200 for node in nodes)
    for _ in range(30):
        if back():
            break
        time.sleep(1)
    check('when it is back, who was logged in is', back())
    with open(f'{one.folder}/log', encoding='utf-8', errors='replace') as log:
        text = log.read()
    check('the log says why', "accounts can't be read or changed" in text)
    check('and says it once a minute', text.count("accounts can't be read or changed") <= 4, text.count("accounts can't"))
