/* Takes the agent's orders (control.h) until one says stop. Without an agent it goes on. */
#ifndef DATAPATH_SERVER_H
#define DATAPATH_SERVER_H

/* listening: a listening SOCK_SEQPACKET socket. */
void server_run(int listening);

#endif
