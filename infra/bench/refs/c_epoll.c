/* The floor for any server: one thread, one epoll, what one member sends goes to all of its group at once.
 * It knows no ping, no close frame and no frame above 64 KiB: nothing that costs. Usage: c_epoll PORT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS = 20000, GROUPS = 2000, IN = 1 << 17 };
struct member { uint8_t *in, *out; size_t in_len, out_len, out_cap; int group, open; };
struct group { int *fds, n, cap; };
static struct member M[FDS];
static struct group G[GROUPS];
static int ep;

static void leave(int fd) {
    struct group *g = &G[M[fd].group];
    for (int i = 0; M[fd].open && i < g->n; i++) if (g->fds[i] == fd) { g->fds[i] = g->fds[--g->n]; break; }
    M[fd].open = 0; M[fd].in_len = M[fd].out_len = 0; close(fd);
}
static void watch(int fd, int how, uint32_t events) {
    struct epoll_event e = {.events = events, .data.fd = fd}; epoll_ctl(ep, how, fd, &e);
}
static void flush(int fd) {
    struct member *m = &M[fd];
    ssize_t w = send(fd, m->out, m->out_len, MSG_NOSIGNAL);
    if (w > 0) memmove(m->out, m->out + w, m->out_len -= w);
    if (!m->out_len) watch(fd, EPOLL_CTL_MOD, EPOLLIN);
}
static void give(int fd, const uint8_t *data, size_t n) {
    struct member *m = &M[fd]; ssize_t w = 0;
    if (!m->out_len && (w = send(fd, data, n, MSG_NOSIGNAL)) == (ssize_t)n) return;
    if (w < 0) w = 0;
    if (m->out_len + n > m->out_cap) m->out = realloc(m->out, m->out_cap = (m->out_len + n) * 2);
    memcpy(m->out + m->out_len, data + w, n - w); m->out_len += n - w;
    watch(fd, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}
static void enter(int fd) {   /* GET /ws?g=7 HTTP/1.1 ... the client checks no key */
    static const char *yes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    struct member *m = &M[fd];
    char *q = memmem(m->in, m->in_len, "g=", 2);
    if (!memmem(m->in, m->in_len, "\r\n\r\n", 4)) return;
    struct group *g = &G[m->group = q ? atoi(q + 2) % GROUPS : 0];
    if (g->n == g->cap) g->fds = realloc(g->fds, (g->cap = g->cap * 2 + 16) * sizeof(int));
    g->fds[g->n++] = fd; m->open = 1; m->in_len = 0;
    give(fd, (const uint8_t *)yes, strlen(yes));
}
static void talk(int fd) {
    static uint8_t frame[IN];
    struct member *m = &M[fd]; size_t used = 0;
    while (m->in_len - used >= 6) {
        uint8_t *p = m->in + used; size_t len = p[1] & 127, head = 2;
        if (len == 126) { if (m->in_len - used < 8) break; len = p[2] << 8 | p[3]; head = 4; }
        if (m->in_len - used < head + 4 + len) break;
        for (size_t i = 0; i < len; i++) frame[head + i] = p[head + 4 + i] ^ p[head + (i & 3)];
        memcpy(frame, p, head); frame[1] &= 127;
        if ((p[0] & 15) == 1) for (int i = 0, g = m->group; i < G[g].n; i++) give(G[g].fds[i], frame, head + len);
        used += head + 4 + len;
    }
    memmove(m->in, m->in + used, m->in_len -= used);
}
int main(int argc, char **argv) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) return 1;
    ep = epoll_create1(0); watch(listener, EPOLL_CTL_ADD, EPOLLIN);
    for (struct epoll_event ev[256];;) {
        int n = epoll_wait(ep, ev, 256, -1);
        for (int i = 0; i < n; i++) {
            int fd = ev[i].data.fd; struct member *m = &M[fd];
            if (fd == listener) {
                int s = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (s >= FDS) close(s);
                if (s < 0 || s >= FDS) continue;
                setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                if (!M[s].in) M[s].in = malloc(IN);
                watch(s, EPOLL_CTL_ADD, EPOLLIN);
                continue;
            }
            if (ev[i].events & EPOLLOUT) flush(fd);
            if (!(ev[i].events & ~EPOLLOUT)) continue;
            ssize_t r = recv(fd, m->in + m->in_len, IN - m->in_len, 0);
            if (r <= 0) { if (!r || errno != EAGAIN) leave(fd); continue; }
            m->in_len += r;
            if (m->open) talk(fd); else enter(fd);
        }
    }
}
