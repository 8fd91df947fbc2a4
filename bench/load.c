// The other end of a measurement: many connections that send prepared bytes and compare every byte of the answers.
// Of WebSocket it knows only that the response to the request ends with an empty line. What to send and what to expect
// is in a plan (plan.mjs). Built at run time by load.mjs: cc -O2 load.c, with -DTLS -lssl -lcrypto where OpenSSL is.
//
//   load plan=FILE port=N pid=N mode=echo|tick|receive [window=1] [tls=1]
//
// pid is the measured process. Its CPU time is read here, so that it covers exactly the counted messages. Commands come
// on stdin, one in a line, and each prints one line of JSON:
//   connect N      opens N connections, 64 at a time, up to the end of the handshake
//   once           one turn of the plan on every connection
//   run W M        warms up for W ms, then measures for M ms
//   close          closes all connections
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef TLS
#include <openssl/ssl.h>
#endif

#define IN_FLIGHT 64
#define ADDRESSES 20 // 127.0.0.1 and the next ones: more connections than one address has ports
#define MAX_WINDOW 64

typedef struct {
  uint32_t messages, out_size, in_size; // in_size 0: answers are not compared, their frames are counted
  uint8_t *out, *in;
} Turn;

typedef struct {
  int fd;
  uint64_t turn;    // the one whose answer is awaited
  uint32_t arrived; // bytes of its answer, or frames
  uint64_t sending; // the turn being written
  uint32_t sent;
  uint64_t sent_at;
  int waits_for_room;
  uint8_t header[10]; // of a frame that is only counted
  uint32_t header_size;
  uint64_t skip;
#ifdef TLS
  SSL *ssl;
#endif
} Connection;

static Turn *turns;
static uint32_t turn_count, request_size;
static uint8_t *request;
static Connection *connections;
static uint32_t count;
static int epoll_fd, port, is_tls;
static enum { ECHO, TICK, RECEIVE } mode;
static char server_pid[32];
static uint32_t window = 1;
static uint64_t tick_sent_at[MAX_WINDOW], messages, turns_done, histogram[64 * 32];
static uint32_t tick_done[MAX_WINDOW];
static uint64_t tick_next;
static uint8_t buffer[1 << 18];
static uint8_t capture[1 << 16]; // the first bytes that the first connection received, for answers that are only counted
static size_t captured;
#ifdef TLS
static SSL_CTX *tls;
#endif

static void fail(const char *what) {
  printf("{\"error\":\"%s%s%s\"}\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
  exit(1);
}

static uint64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/** Nanoseconds that threads of the measured process were ready but not running, at the last server_cpu(). */
static uint64_t server_waited;

/** Nanoseconds that all threads of the measured process have run. */
static uint64_t server_cpu(void) {
  char path[600];
  snprintf(path, sizeof path, "/proc/%s/task", server_pid);
  DIR *tasks = opendir(path);
  if (!tasks) return 0;
  uint64_t total = 0;
  server_waited = 0;
  for (struct dirent *task; (task = readdir(tasks));) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%s/task/%s/schedstat", server_pid, task->d_name);
    FILE *file = fopen(path, "r");
    unsigned long long ran = 0, waited = 0;
    if (file && fscanf(file, "%llu %llu", &ran, &waited) == 2) {
      total += ran;
      server_waited += waited;
    }
    if (file) fclose(file);
  }
  closedir(tasks);
  return total;
}

// ---------------------------------------------------------------- bytes in and out

static long read_some(Connection *c, void *into, size_t size) {
#ifdef TLS
  if (is_tls) {
    int got = SSL_read(c->ssl, into, size);
    if (got > 0) return got;
    int error = SSL_get_error(c->ssl, got);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return -1;
    return 0;
  }
#endif
  long got = read(c->fd, into, size);
  return got < 0 && errno != EAGAIN ? 0 : got;
}

static long write_some(Connection *c, const void *from, size_t size) {
#ifdef TLS
  if (is_tls) {
    int put = SSL_write(c->ssl, from, size);
    if (put > 0) return put;
    int error = SSL_get_error(c->ssl, put);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return -1;
    fail("a TLS connection broke");
  }
#endif
  long put = write(c->fd, from, size);
  if (put < 0 && errno != EAGAIN) fail("a connection broke");
  return put;
}

static void watch(Connection *c, int waits_for_room) {
  if (c->waits_for_room == waits_for_room) return;
  c->waits_for_room = waits_for_room;
  struct epoll_event event = {.events = EPOLLIN | (waits_for_room ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void send_on(Connection *c) {
  Turn *turn = &turns[c->sending % turn_count];
  while (c->sent < turn->out_size) {
    long put = write_some(c, turn->out + c->sent, turn->out_size - c->sent);
    if (put < 0) {
      watch(c, 1);
      return;
    }
    c->sent += put;
  }
  watch(c, 0);
}

static void send_turn(Connection *c, uint64_t which) {
  c->sending = which;
  c->sent = 0;
  c->sent_at = now(CLOCK_MONOTONIC);
  send_on(c);
}

static void note_latency(uint64_t nanoseconds) {
  int bits = 63 - __builtin_clzll(nanoseconds | 32);
  histogram[bits * 32 + ((nanoseconds >> (bits - 5)) & 31)]++;
}

static void send_tick(void) {
  tick_done[tick_next % MAX_WINDOW] = 0;
  tick_sent_at[tick_next % MAX_WINDOW] = now(CLOCK_MONOTONIC);
  send_turn(&connections[0], tick_next++);
}

/** The answer to a turn is complete. */
static void complete(Connection *c, int goes_on) {
  uint64_t which = c->turn++;
  c->arrived = 0;
  messages += turns[which % turn_count].messages;
  turns_done++;
  if (mode == ECHO) {
    note_latency(now(CLOCK_MONOTONIC) - c->sent_at);
    if (goes_on) send_turn(c, c->turn);
  } else if (mode == TICK && ++tick_done[which % MAX_WINDOW] == count) {
    note_latency(now(CLOCK_MONOTONIC) - tick_sent_at[which % MAX_WINDOW]);
    if (goes_on) send_tick();
  }
}

/** Counts whole frames, where the payload is not known in advance (compressed ones). */
static void count_frames(Connection *c, const uint8_t *bytes, size_t size, int goes_on) {
  if (c == connections && captured < sizeof capture) {
    size_t part = size < sizeof capture - captured ? size : sizeof capture - captured;
    memcpy(capture + captured, bytes, part);
    captured += part;
  }
  while (size > 0) {
    if (c->skip > 0) {
      size_t part = size < c->skip ? size : c->skip;
      c->skip -= part;
      bytes += part;
      size -= part;
    } else {
      c->header[c->header_size++] = *bytes++;
      size--;
      if (c->header_size < 2) continue;
      uint32_t length = c->header[1] & 127, whole = length == 126 ? 4 : length == 127 ? 10 : 2;
      if (c->header_size < whole) continue;
      c->skip = length < 126 ? length : 0;
      for (uint32_t i = 2; i < whole; i++) c->skip = c->skip << 8 | c->header[i];
    }
    if (c->skip == 0 && c->header_size >= 2) {
      c->header_size = 0;
      if (++c->arrived == turns[c->turn % turn_count].messages) complete(c, goes_on);
    }
  }
}

static void compare(Connection *c, const uint8_t *bytes, size_t size, int goes_on) {
  while (size > 0) {
    Turn *turn = &turns[c->turn % turn_count];
    size_t part = turn->in_size - c->arrived;
    if (part > size) part = size;
    errno = 0;
    if (memcmp(turn->in + c->arrived, bytes, part)) fail("what came back is not what was expected");
    c->arrived += part;
    bytes += part;
    size -= part;
    if (c->arrived == turn->in_size) complete(c, goes_on);
  }
}

/** One round of the event loop. */
static void step(int timeout, int goes_on) {
  static struct epoll_event events[512];
  int ready = epoll_wait(epoll_fd, events, 512, timeout);
  for (int i = 0; i < ready; i++) {
    Connection *c = events[i].data.ptr;
    if (events[i].events & EPOLLOUT) send_on(c);
    for (;;) {
      long got = read_some(c, buffer, sizeof buffer);
      if (got == 0) fail("the server closed a connection");
      if (got < 0) break;
      if (turns[0].in_size == 0) count_frames(c, buffer, got, goes_on);
      else compare(c, buffer, got, goes_on);
      if (!is_tls && (size_t)got < sizeof buffer) break;
    }
  }
}

// ---------------------------------------------------------------- orders

static void open_connections(uint32_t wanted) {
  uint64_t cpu = server_cpu(), began = now(CLOCK_MONOTONIC);
  connections = calloc(wanted, sizeof *connections);
  epoll_fd = epoll_create1(0);
  for (count = 0; count < wanted;) {
    uint32_t until = count + IN_FLIGHT < wanted ? count + IN_FLIGHT : wanted;
    for (uint32_t i = count; i < until; i++) {
      Connection *c = &connections[i];
      struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
      to.sin_addr.s_addr = htonl(0x7f000001 + (wanted > 2000 ? i % ADDRESSES : 0));
      c->fd = socket(AF_INET, SOCK_STREAM, 0);
      if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) fail("could not connect");
      int yes = 1;
      setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
#ifdef TLS
      if (is_tls) {
        c->ssl = SSL_new(tls);
        SSL_set_fd(c->ssl, c->fd);
        if (SSL_connect(c->ssl) != 1) fail("no TLS");
      }
#endif
      if (request_size && write_some(c, request, request_size) != (long)request_size) fail("could not ask");
    }
    for (uint32_t i = count; i < until; i++) {
      Connection *c = &connections[i];
      uint32_t size = 0;
      uint8_t answer[4096];
      while (request_size && (size < 4 || memcmp(answer + size - 4, "\r\n\r\n", 4))) {
        long got = size < sizeof answer ? read_some(c, answer + size, 1) : 0;
        if (got <= 0) fail("no answer to the handshake");
        size += got;
      }
      if (request_size && memcmp(answer, "HTTP/1.1 101", 12)) fail("the handshake was refused");
      fcntl(c->fd, F_SETFL, O_NONBLOCK);
      struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
      epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
    }
    count = until;
  }
  double seconds = (now(CLOCK_MONOTONIC) - began) / 1e9;
  printf("{\"connections\":%u,\"seconds\":%.6f,\"serverCpu\":%.6f}\n", count, seconds, (server_cpu() - cpu) / 1e9);
}

static void start_turns(void) {
  if (mode == ECHO) for (uint32_t i = 0; i < count; i++) send_turn(&connections[i], connections[i].turn);
  else if (mode == RECEIVE) send_turn(&connections[0], 0);
  else for (uint32_t i = 0; i < window; i++) send_tick();
}

static double percentile(double share) {
  uint64_t total = 0, seen = 0;
  for (int i = 0; i < 64 * 32; i++) total += histogram[i];
  for (int i = 0; i < 64 * 32; i++) {
    seen += histogram[i];
    if (total && seen >= total * share) return ((32ull + i % 32) << (i / 32 - 5)) / 1e3;
  }
  return 0;
}

static void once(void) {
  turns_done = 0;
  start_turns();
  while (turns_done < count) step(-1, 0);
  printf("{\"turns\":%llu}\n", (unsigned long long)turns_done);
}

static void run(uint64_t warmup, uint64_t measured) {
  start_turns();
  uint64_t begin = now(CLOCK_MONOTONIC) + warmup * 1000000;
  while (now(CLOCK_MONOTONIC) < begin) step(10, 1);
  messages = turns_done = 0;
  memset(histogram, 0, sizeof histogram);
  uint64_t cpu = server_cpu(), waited = server_waited, own = now(CLOCK_PROCESS_CPUTIME_ID);
  begin = now(CLOCK_MONOTONIC);
  while (now(CLOCK_MONOTONIC) < begin + measured * 1000000) step(10, 1);
  cpu = server_cpu() - cpu;
  waited = server_waited - waited;
  own = now(CLOCK_PROCESS_CPUTIME_ID) - own;
  double seconds = (now(CLOCK_MONOTONIC) - begin) / 1e9;
  printf("{\"messages\":%llu,\"turns\":%llu,\"seconds\":%.6f,\"serverCpu\":%.6f,\"serverWaited\":%.6f,\"loadCpu\":%.6f,"
         "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"capture\":\"",
         (unsigned long long)messages, (unsigned long long)turns_done, seconds, cpu / 1e9, waited / 1e9, own / 1e9,
         percentile(0.5), percentile(0.9), percentile(0.99));
  for (size_t i = 0; i < captured; i++) printf("%02x", capture[i]);
  printf("\"}\n");
}

static void close_connections(void) {
  for (uint32_t i = 0; i < count; i++) close(connections[i].fd);
  close(epoll_fd);
  printf("{\"closed\":%u}\n", count);
  free(connections);
  count = 0;
}

/** The plan: size and bytes of the request, the number of turns; per turn messages, sizes out and in, bytes out and in. */
static void read_plan(const char *path) {
  FILE *file = fopen(path, "rb");
  uint32_t numbers[3];
  if (!file || fread(numbers, 4, 2, file) != 2) fail("no plan");
  request_size = numbers[0];
  turn_count = numbers[1];
  request = malloc(request_size + 1);
  turns = calloc(turn_count, sizeof *turns);
  if (fread(request, 1, request_size, file) != request_size) fail("a short plan");
  for (uint32_t i = 0; i < turn_count; i++) {
    if (fread(numbers, 4, 3, file) != 3) fail("a short plan");
    turns[i] = (Turn){numbers[0], numbers[1], numbers[2], malloc(numbers[1] + 1), malloc(numbers[2] + 1)};
    if (fread(turns[i].out, 1, numbers[1], file) != numbers[1]) fail("a short plan");
    if (fread(turns[i].in, 1, numbers[2], file) != numbers[2]) fail("a short plan");
  }
  fclose(file);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (int i = 1; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    if (!value) continue;
    *value++ = 0;
    if (!strcmp(argv[i], "plan")) read_plan(value);
    else if (!strcmp(argv[i], "port")) port = atoi(value);
    else if (!strcmp(argv[i], "pid")) snprintf(server_pid, sizeof server_pid, "%s", value);
    else if (!strcmp(argv[i], "mode")) mode = value[0] == 't' ? TICK : value[0] == 'r' ? RECEIVE : ECHO;
    else if (!strcmp(argv[i], "window")) window = atoi(value);
    else if (!strcmp(argv[i], "tls")) is_tls = atoi(value);
  }
  if (is_tls) {
#ifdef TLS
    tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
#else
    fail("built without TLS");
#endif
  }
  char line[64];
  unsigned long a, b;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "connect %lu", &a) == 1) open_connections(a);
    else if (sscanf(line, "run %lu %lu", &a, &b) == 2) run(a, b);
    else if (!strncmp(line, "once", 4)) once();
    else if (!strncmp(line, "close", 5)) close_connections();
  }
}
