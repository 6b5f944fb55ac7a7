/* The hot loop of the load client: one thread, one epoll, sockets that Python has already logged in.
 *
 * A lane is one sender: a socket, ready frames that it sends in turn, and how many copies of each message
 * are to come back. A frame holds a marker  @t=<19 digits ns>.<5 digits lane>.<9 digits seq>@  which is
 * rewritten for each send; every copy of it that comes in on any socket is one delivery. Markers are
 * counted, not frames, so a server may put many messages in one frame. The marker has no character that
 * JSON or XML escapes.
 *
 * Closed loop (rate 0): each lane keeps `window` messages in flight. Open loop: `rate` sends a second over
 * all lanes in turn, timed from the moment a send was due, so a slow server cannot hide its queue.
 *
 * A message is complete when (COPIES) all its copies have come, (ACKS) a websocket frame with its "cid" has
 * come, (HTTP) a response to it has come. The cid is a UUID with digits only: run, lane and seq.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { COPIES = 0, ACKS = 1, HTTP = 2 };
enum { MARK = 39, CID = 36, RING = 4096, BUCKETS = 4096, CHUNK = 1 << 20 };

struct frame { uint8_t *bytes; int len, mark_at, cid_at, pad; };
struct lane { int conn, expect, window, frames; struct frame *frame; };
struct plan {
    int conns, lanes, complete_on, pad; const int *fds; struct lane *lane;
    double rate, warm, seconds, drain; int64_t run; void (*edge)(int);
};
struct result {
    int64_t sent, completed, delivered, bytes, refused, surplus, stale, closed, outstanding, samples;
    double elapsed, cpu, p50, p90, p99, p999, max, mean;
};
struct conn { uint8_t *rest, *out; size_t rest_len, out_len, out_cap; int lane, open; };   /* rest: the start of a frame */
struct track { int64_t next, in_flight; int32_t *copies; int64_t *due; };

static struct plan *P; static struct result *R;
static struct conn *C; static struct track *T;
static int64_t hist[BUCKETS], began, from, until, lat_sum, lat_max;
static enum { WARM, MEASURE, DRAIN } phase;
static uint8_t *buf; static size_t buf_cap; static int ep;

static int64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000LL + t.tv_nsec; }
static double cpu(void) {
    struct rusage u; getrusage(RUSAGE_THREAD, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}
static void digits(uint8_t *to, int64_t v, int n) { while (n--) { to[n] = '0' + v % 10; v /= 10; } }
static int64_t number(const uint8_t *s, int n) {
    int64_t v = 0;
    for (; n--; s++) { if (*s < '0' || *s > '9') return -1; v = v * 10 + (*s - '0'); }
    return v;
}

/* Histogram: 64 steps for each power of two, so a figure is right to 1.6 %. */
static int bucket(int64_t v) {
    if (v < 64) return v < 0 ? 0 : (int)v;
    int e = 63 - __builtin_clzll(v), b = (e - 5) * 64 + (int)((v >> (e - 6)) & 63);
    return b < BUCKETS ? b : BUCKETS - 1;
}
static double value(int b) { int e = b / 64 + 5; return b < 64 ? b : (double)((1LL << e) + ((int64_t)(b % 64) << (e - 6))); }
static double quantile(double q) {
    int64_t want = (int64_t)(q * R->samples), sum = 0;
    for (int b = 0; b < BUCKETS; b++) if ((sum += hist[b]) > want) return value(b) / 1e6;
    return lat_max / 1e6;
}
/* Counted when the message was due inside the measured time, also when its copy comes in the drain. */
static void sample(int64_t due, int64_t at) {
    if (due < from || due >= until) return;
    int64_t d = at - due;
    hist[bucket(d)]++; R->samples++; lat_sum += d; if (d > lat_max) lat_max = d;
}

/* Python owns the sockets and closes them; here one that ended is only no longer looked at. */
static void drop(int c) { if (C[c].open) { C[c].open = 0; R->closed++; epoll_ctl(ep, EPOLL_CTL_DEL, P->fds[c], NULL); } }
static void flush(int c) {
    struct conn *k = &C[c]; size_t done = 0;
    while (k->open && done < k->out_len) {
        ssize_t w = send(P->fds[c], k->out + done, k->out_len - done, MSG_NOSIGNAL);
        if (w < 0) { if (errno != EAGAIN) drop(c); break; }
        done += w;
    }
    memmove(k->out, k->out + done, k->out_len -= done);
}
static void put(int c, const uint8_t *data, size_t n) {
    struct conn *k = &C[c];
    if (k->out_len + n > k->out_cap) k->out = realloc(k->out, k->out_cap = (k->out_len + n) * 2);
    memcpy(k->out + k->out_len, data, n); k->out_len += n;
    flush(c);
}
static void launch(int l, int64_t due) {
    struct lane *s = &P->lane[l]; struct track *t = &T[l];
    if (!C[s->conn].open) return;
    int64_t seq = t->next++; struct frame *f = &s->frame[seq % s->frames]; uint8_t *m = f->bytes + f->mark_at;
    digits(m + 3, due, 19); digits(m + 23, l, 5); digits(m + 29, seq, 9);
    if (f->cid_at >= 0) {                       /* rrrrrrrr-rrrr-4lll-8lll-ssssssssssss */
        uint8_t *u = f->bytes + f->cid_at;
        digits(u, P->run / 10000, 8); digits(u + 9, P->run % 10000, 4);
        digits(u + 15, l / 1000, 3); digits(u + 20, l % 1000, 3); digits(u + 24, seq, 12);
    }
    t->copies[seq % RING] = 0; t->due[seq % RING] = due; t->in_flight++; R->sent++;
    put(s->conn, f->bytes, f->len);
}
static void complete(int l) {
    T[l].in_flight--;
    if (phase == DRAIN) return;
    R->completed++;
    if (P->rate <= 0) launch(l, now());
}
static int known(int64_t l, int64_t seq) { return l >= 0 && l < P->lanes && seq >= 0 && seq < T[l].next && seq >= T[l].next - RING; }

static void copy_seen(const uint8_t *m, int64_t at) {
    int64_t due = number(m + 3, 19), l = number(m + 23, 5), seq = number(m + 29, 9);
    if (due < began || !known(l, seq)) { R->stale++; return; }
    int32_t n = ++T[l].copies[seq % RING], expect = P->lane[l].expect;
    if (n > expect) { R->surplus++; return; }
    if (phase != DRAIN) R->delivered++;
    if (P->complete_on == COPIES) { sample(due, at); if (n == expect) complete((int)l); }
}
/* Scans [p, end) for markers; returns how many bytes at the end may be the start of one. */
static size_t scan(const uint8_t *p, const uint8_t *end, int64_t at) {
    for (;;) {
        const uint8_t *m = memmem(p, end - p, "@t=", 3);
        if (!m) { size_t k = end - p < 2 ? end - p : 2; while (k && end[-k] != '@') k--; return k; }
        if (end - m < MARK) return end - m;
        copy_seen(m, at); p = m + MARK;
    }
}
static void pong(int c, const uint8_t *body, size_t n) {
    uint8_t f[6 + 125] = {0x8a, (uint8_t)(0x80 | n), 0, 0, 0, 0};
    memcpy(f + 6, body, n); put(c, f, 6 + n);
}
static void ack_seen(const uint8_t *f, size_t n, int64_t at) {
    const uint8_t *k = memmem(f, n, "\"cid\"", 5), *end = f + n;
    if (!k) return;
    for (k += 5; k < end && *k != '"'; k++) {}
    if (end - ++k < CID) return;
    int64_t hi = number(k + 15, 3), lo = number(k + 20, 3), seq = number(k + 24, 12), l = hi * 1000 + lo;
    if (number(k, 8) != P->run / 10000 || number(k + 9, 4) != P->run % 10000 || !known(l, seq)) { R->stale++; return; }
    if (T[l].due[seq % RING] < 0) { R->surplus++; return; }
    if (memmem(f, n, "\"nack\"", 6)) R->refused++; else sample(T[l].due[seq % RING], at);
    T[l].due[seq % RING] = -1; complete((int)l);
}
/* Walks whole websocket frames from the server (never masked); returns how many bytes it used. */
static size_t frames(int c, const uint8_t *p, size_t n, int64_t at) {
    size_t used = 0;
    while (n - used >= 2) {
        const uint8_t *h = p + used; uint64_t len = h[1] & 127; size_t head = 2, i;
        if (len >= 126) {
            head = len == 126 ? 4 : 10; if (n - used < head) break;
            for (len = 0, i = 2; i < head; i++) len = len << 8 | h[i];
        }
        if (n - used < head + len) break;
        int op = h[0] & 15;
        if (op == 9 && len <= 125) pong(c, h + head, len);
        else if (op == 8) { drop(c); return n; }
        else { ack_seen(h + head, len, at); scan(h + head, h + head + len, at); }
        used += head + len;
    }
    return used;
}
/* One request in flight for each socket: the reply ends where its Content-Length says, or with its last chunk. */
static size_t replies(int c, const uint8_t *p, size_t n, int64_t at) {
    const uint8_t *gap = memmem(p, n, "\r\n\r\n", 4), *len = gap ? memmem(p, gap - p, "ength: ", 7) : NULL;
    if (!gap) return 0;
    const uint8_t *end = len ? gap + 4 + strtoul((const char *)len + 7, NULL, 10) : memmem(gap, p + n - gap, "\r\n0\r\n\r\n", 7);
    if (!end) return 0;
    size_t whole = end - p + (len ? 0 : 7);
    int l = C[c].lane;
    if (n < whole) return 0;
    if (l >= 0 && T[l].in_flight) {
        if (n > 9 && p[9] == '2') sample(T[l].due[(T[l].next - 1) % RING], at); else R->refused++;
        scan(p, p + whole, at); complete(l);
    }
    return whole;
}
static void readable(int c) {
    struct conn *k = &C[c];
    if (buf_cap < k->rest_len + CHUNK) buf = realloc(buf, buf_cap = k->rest_len + CHUNK);
    memcpy(buf, k->rest, k->rest_len);
    ssize_t r = recv(P->fds[c], buf + k->rest_len, CHUNK, 0);
    if (r <= 0) { if (!r || (errno != EAGAIN && errno != EINTR)) drop(c); return; }
    int64_t at = now(); size_t n = k->rest_len + r, used;
    if (phase != DRAIN) R->bytes += r;
    if (P->complete_on == COPIES) used = n - scan(buf, buf + n, at);
    else if (P->complete_on == ACKS) used = frames(c, buf, n, at);
    else used = replies(c, buf, n, at);
    if (n > used) memcpy(k->rest = realloc(k->rest, n - used), buf + used, n - used);
    k->rest_len = n - used;
}

static void step_phase(int64_t t, double *cpu_then) {
    if (phase == WARM && t >= from) {
        phase = MEASURE; R->sent = R->completed = R->delivered = R->bytes = R->refused = 0;
        if (P->edge) P->edge(0);
        *cpu_then = cpu(); from = now(); until = from + (int64_t)(P->seconds * 1e9);
    } else if (phase == MEASURE && t >= until) {
        phase = DRAIN; R->cpu = cpu() - *cpu_then; R->elapsed = (t - from) / 1e9; until = t;
        if (P->edge) P->edge(1);
    }
}
static int64_t in_flight(void) { int64_t n = 0; for (int l = 0; l < P->lanes; l++) n += T[l].in_flight; return n; }

/* Python calls this; plan and result are laid out as in client.py. */
int run_load(struct plan *plan, struct result *result) {
    P = plan; R = result; memset(R, 0, sizeof *R); memset(hist, 0, sizeof hist); lat_sum = lat_max = 0; phase = WARM;
    C = calloc(P->conns, sizeof *C); T = calloc(P->lanes, sizeof *T); ep = epoll_create1(EPOLL_CLOEXEC);
    for (int c = 0; c < P->conns; c++) {
        fcntl(P->fds[c], F_SETFL, fcntl(P->fds[c], F_GETFL) | O_NONBLOCK); C[c].open = 1; C[c].lane = -1;
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = c}; epoll_ctl(ep, EPOLL_CTL_ADD, P->fds[c], &e);
    }
    for (int l = 0; l < P->lanes; l++) {
        T[l].copies = calloc(RING, sizeof *T[l].copies); T[l].due = calloc(RING, sizeof *T[l].due); C[P->lane[l].conn].lane = l;
    }
    struct epoll_event ev[256]; double cpu_then = 0; int turn = 0;
    began = now(); from = began + (int64_t)(P->warm * 1e9); until = from + (int64_t)(P->seconds * 1e9);
    int64_t next = began, gap = P->rate > 0 ? (int64_t)(1e9 / P->rate) : 0, last = began;
    if (!gap) for (int l = 0; l < P->lanes; l++) for (int w = 0; w < P->lane[l].window; w++) launch(l, now());
    for (;;) {
        int64_t t = now();
        step_phase(t, &cpu_then);
        if (phase == DRAIN && (t - until > P->drain * 1e9 || t - last > (in_flight() ? 1000000000LL : 50000000LL))) break;
        int live = gap && phase != DRAIN;
        for (int n = 0; live && next <= t && n < 1000; n++, next += gap) { launch(turn, next); turn = (turn + 1) % P->lanes; }
        for (int l = 0; l < P->lanes; l++) if (C[P->lane[l].conn].out_len) flush(P->lane[l].conn);
        int64_t wait = live ? next - now() : 5000000; if (wait > 5000000) wait = 5000000;
        int n = epoll_wait(ep, ev, 256, 0);
        if (!n && wait > 0) {
            struct pollfd p = {ep, POLLIN, 0}; struct timespec ts = {0, wait};
            if (ppoll(&p, 1, &ts, NULL) > 0) n = epoll_wait(ep, ev, 256, 0);
        }
        if (n > 0) last = now();
        for (int i = 0; i < n; i++) if (C[ev[i].data.u32].open) readable((int)ev[i].data.u32);
    }
    R->outstanding = in_flight();
    for (int l = 0; l < P->lanes; l++) { free(T[l].copies); free(T[l].due); }
    for (int c = 0; c < P->conns; c++) { free(C[c].rest); free(C[c].out); }
    R->p50 = quantile(.5); R->p90 = quantile(.9); R->p99 = quantile(.99); R->p999 = quantile(.999);
    R->max = lat_max / 1e6; R->mean = R->samples ? lat_sum / 1e6 / R->samples : 0;
    close(ep); free(C); free(T);
    return 0;
}
