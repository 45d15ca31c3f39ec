/* Words to the service manager that started us. */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

/*
 * Sends a state ("READY=1", "STOPPING=1") to the socket that $NOTIFY_SOCKET
 * names. Without that, or if it fails, nothing happens: a service manager that
 * waits in vain says so itself.
 */
void notify_state(const char *state);

#endif
