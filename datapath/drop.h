/* What the process gives up before it meets a packet: every capability, and the way to new ones. */
#ifndef DATAPATH_DROP_H
#define DATAPATH_DROP_H

/* 0, or -1 with errno. */
int drop_all(void);

#endif
