/*
 * api: Lambda's Runtime API on the loopback, and the platform behind it: starts a runtime, gives it events, ends it at the
 * time limit, freezes it between events.
 *
 *   api [-t LIMIT] [-z PAUSE] FOLDER command [argument ...]
 *
 * The events are FOLDER/1.event, FOLDER/2.event, and so on. Times are milliseconds: a LIMIT for each event (default 10000),
 * and a PAUSE for which every process is stopped before the next event. Of event N come
 *
 *   N.outcome   "response 202", "response 413", "error 202", "timeout", "exit STATUS" or "signal NUMBER"
 *   N.body      what the runtime sent
 *   N.spare     milliseconds that were left when all of that was here
 *   N.left      the processes there are when the runtime asks for another event, by their names, sorted
 *
 * A runtime that has ended, or was ended, is started again for the next event. All that descends from it dies at the end.
 */

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define MOST		6291556		/* bytes of a response */
#define MOST_STREAMED	(200 << 20)
#define INIT_LIMIT	10000		/* ms until a runtime asks for the first time */
#define PROCESSES	4096
#define PREFIX		"/2018-06-01/runtime/"

#define OK_BODY		"{\"status\":\"OK\"}\n"
#define TOO_LARGE_BODY	"{\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\"," \
			"\"errorType\":\"RequestEntityTooLarge\"}\n"
#define BAD_ID_BODY	"{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n"
#define BAD_STATE_BODY	"{\"errorMessage\":\"State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n"

enum asked { NEXT, RESPONSE, ERROR, INIT_ERROR, UNKNOWN, GONE, LATE };

struct bytes {
	char *data;
	size_t length, room;
};

struct request {
	int fd;			/* the connection; -1: none */
	enum asked asked;
	char id[64];
	int streamed;
	struct bytes body;
};

static const char *folder;
static char **command;
static int listener, children;
static pid_t runtime;		/* 0: it is not there */
static int runtime_status;

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is left until then, for poll. */
static int
left(long long until)
{
	long long ms = until - now();

	return ms < 0 ? 0 : (int)ms;
}

static FILE *
open_file(int n, const char *what, const char *how)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%d.%s", folder, n, what);
	if ((file = fopen(path, how)) == NULL && *how == 'w')
		err(1, "%s", path);
	return file;
}

static void
close_file(FILE *file)
{
	if (ferror(file) || fclose(file) != 0)
		err(1, "%s", folder);
}

__attribute__((format(printf, 3, 4))) static void
note(int n, const char *what, const char *format, ...)
{
	FILE *file = open_file(n, what, "we");
	va_list args;

	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	close_file(file);
}

/* Bytes. */

static void
reserve(struct bytes *b, size_t more)
{
	if (b->room - b->length >= more)
		return;
	b->room = 2 * b->room + more;
	if ((b->data = realloc(b->data, b->room)) == NULL)
		err(1, NULL);
}

/* Adds what comes within time. The number of bytes; 0 at the end, or with an error, or when it is late. */
static size_t
receive(struct bytes *b, int fd, long long until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	reserve(b, 65537);
	if (poll(&p, 1, left(until)) <= 0 || (n = read(fd, b->data + b->length, 65536)) <= 0)
		return 0;
	b->length += (size_t)n;
	b->data[b->length] = '\0';
	return (size_t)n;
}

static void
send_all(int fd, const char *p, size_t length)
{
	for (ssize_t n; length > 0; p += n, length -= (size_t)n)
		if ((n = write(fd, p, length)) < 0)
			return;		/* who asked is gone */
}

/* Processes. */

struct process {
	pid_t pid, parent;
	char name[32];
	int ours;
};

static struct process processes[PROCESSES];

static size_t
list_processes(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	char path[300], state;
	size_t count = 0;

	if (dir == NULL)
		err(1, "/proc");
	while ((entry = readdir(dir)) != NULL && count < PROCESSES) {
		struct process *p = &processes[count];
		FILE *file;

		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		if (!isdigit((unsigned char)*entry->d_name) || (file = fopen(path, "re")) == NULL)
			continue;
		p->ours = 0;
		if (fscanf(file, "%d (%31[^)]) %c %d", &p->pid, p->name, &state, &p->parent) == 4 && state != 'Z')
			count++;
		fclose(file);
	}
	closedir(dir);
	return count;
}

/* Those that descend from us come first; how many they are. */
static size_t
find_processes(void)
{
	size_t count = list_processes(), ours = 0;
	struct process p;

	for (size_t i = 0, j; i <= ours; i++) {
		pid_t parent = i == 0 ? getpid() : processes[i - 1].pid;

		for (j = ours; j < count; j++)
			if (processes[j].parent == parent) {
				p = processes[j];
				processes[j] = processes[ours];
				processes[ours++] = p;
			}
	}
	return ours;
}

/* Until no more are found, as those that run can start others. */
static void
signal_processes(int signal)
{
	size_t count, last = 0;

	while ((count = find_processes()) != 0 && (signal == SIGKILL || count != last)) {
		for (size_t i = 0; i < count; i++)
			(void)kill(processes[i].pid, signal);
		last = count;
		while (signal == SIGKILL && waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	if (signal == SIGKILL) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		runtime = 0;
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct process *)a)->name, ((const struct process *)b)->name);
}

static void
note_processes(int n)
{
	size_t count = find_processes();
	FILE *file = open_file(n, "left", "we");

	qsort(processes, count, sizeof *processes, by_name);
	for (size_t i = 0; i < count; i++)
		fprintf(file, "%s\n", processes[i].name);
	close_file(file);
}

static void
start_runtime(void)
{
	sigset_t none;

	if ((runtime = fork()) < 0)
		err(1, "fork");
	if (runtime > 0)
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (freopen("/dev/null", "r", stdin) == NULL)
		err(126, "/dev/null");
	execvp(*command, command);
	err(127, "%s", *command);
}

/* Is it there no more? */
static int
runtime_ended(void)
{
	struct signalfd_siginfo info;
	pid_t pid;
	int status;

	(void)!read(children, &info, sizeof info);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == runtime) {
			runtime = 0;
			runtime_status = status;
		}
	return runtime == 0;
}

/* HTTP. */

static void
reply(struct request *r, const char *status, const char *headers, const char *body, size_t length)
{
	char head[1024];
	int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: application/json\r\n%s"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n", status, headers, length);

	send_all(r->fd, head, (size_t)n);
	send_all(r->fd, body, length);
	close(r->fd);
	r->fd = -1;
}

static void
reply_text(struct request *r, const char *status, const char *body)
{
	reply(r, status, "", body, strlen(body));
}

/* The value of a header, or NULL. The head ends in an empty line. */
static const char *
header(const char *head, const char *name)
{
	size_t length = strlen(name);

	while ((head = strstr(head, "\r\n")) != NULL && head[2] != '\r') {
		head += 2;
		if (strncasecmp(head, name, length) == 0 && head[length] == ':')
			return head + length + 1 + strspn(head + length + 1, " ");
	}
	return NULL;
}

static int
header_is(const char *head, const char *name, const char *value)
{
	const char *is = header(head, name);

	return is != NULL && strncasecmp(is, value, strlen(value)) == 0;
}

/* A body in chunks, of which some bytes may be here. False: it does not come. */
static int
receive_chunks(struct bytes *body, struct bytes *raw, int fd, long long until)
{
	size_t at = 0, size;
	char *end;

	for (;;) {
		while ((end = memmem(raw->data + at, raw->length - at, "\r\n", 2)) == NULL)
			if (receive(raw, fd, until) == 0)
				return 0;
		size = strtoul(raw->data + at, NULL, 16);
		at = (size_t)(end - raw->data) + 2;
		while (raw->length - at < size + 2)
			if (receive(raw, fd, until) == 0)
				return 0;
		if (size == 0)
			return 1;
		reserve(body, size);
		memcpy(body->data + body->length, raw->data + at, size);
		body->length += size;
		at += size + 2;
	}
}

static int
receive_body(struct request *r, const char *head, struct bytes *raw, long long until)
{
	const char *length = header(head, "Content-Length");
	size_t size = length != NULL ? strtoul(length, NULL, 10) : 0;

	if (header_is(head, "Expect", "100-continue"))
		send_all(r->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	if (header_is(head, "Transfer-Encoding", "chunked"))
		return receive_chunks(&r->body, raw, r->fd, until);
	while (raw->length < size)
		if (receive(raw, r->fd, until) == 0)
			return 0;
	reserve(&r->body, size);
	memcpy(r->body.data, raw->data, size);
	r->body.length = size;
	return 1;
}

/* What its first line asks for. */
static enum asked
understand(struct request *r, const char *line)
{
	const char *path;
	char what[16];

	*r->id = '\0';
	if (strncmp(line, "GET " PREFIX "invocation/next ", 4 + strlen(PREFIX) + 16) == 0)
		return NEXT;
	if (strncmp(line, "POST " PREFIX, 5 + strlen(PREFIX)) != 0)
		return UNKNOWN;
	path = line + 5 + strlen(PREFIX);
	if (strncmp(path, "init/error ", 11) == 0)
		return INIT_ERROR;
	if (sscanf(path, "invocation/%63[^/ ]/%15[^/ ] ", r->id, what) != 2)
		return UNKNOWN;
	return strcmp(what, "response") == 0 ? RESPONSE : strcmp(what, "error") == 0 ? ERROR : UNKNOWN;
}

/* Reads one request. False: it does not come whole, or not in time. */
static int
receive_request(struct request *r, long long until)
{
	struct bytes raw = {0};
	char *head, *end;
	int whole;

	reserve(&raw, 1);
	*raw.data = '\0';
	while ((end = strstr(raw.data, "\r\n\r\n")) == NULL)
		if (raw.length > 65536 || receive(&raw, r->fd, until) == 0) {
			free(raw.data);
			return 0;
		}
	end += 4;
	if ((head = strndup(raw.data, (size_t)(end - raw.data))) == NULL)
		err(1, NULL);
	raw.length -= (size_t)(end - raw.data);
	memmove(raw.data, end, raw.length);
	r->asked = understand(r, head);
	r->streamed = header_is(head, "Lambda-Runtime-Function-Response-Mode", "streaming");
	r->body.length = 0;
	whole = receive_body(r, head, &raw, until);
	free(head);
	free(raw.data);
	return whole;
}

/* Waits for a request, or for the end of the runtime, or until it is too late. */
static enum asked
await(struct request *r, long long until)
{
	struct pollfd p[] = { { .fd = listener, .events = POLLIN }, { .fd = children, .events = POLLIN } };

	for (;;) {
		if (poll(p, 2, left(until)) == 0)
			return LATE;
		/* What it said before its end comes first. */
		if ((p[0].revents & POLLIN) != 0) {
			if ((r->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
				err(1, "accept");
			if (receive_request(r, until))
				return r->asked;
			close(r->fd);
			r->fd = -1;
		} else if (runtime_ended())
			return GONE;
	}
}

/* What is no answer to an event. */
static void
decline(struct request *r)
{
	switch (r->asked) {
	case UNKNOWN:
		reply_text(r, "404 Not Found", "404 page not found\n");
		break;
	case INIT_ERROR:
		reply_text(r, "202 Accepted", OK_BODY);
		break;
	default:
		reply_text(r, "403 Forbidden", BAD_STATE_BODY);
	}
}

static enum asked
await_next(struct request *r, long long until)
{
	enum asked asked;

	while ((asked = await(r, until)) != NEXT && asked != GONE && asked != LATE)
		decline(r);
	return asked;
}

/* The platform. */

static void
deliver(struct request *r, int n, FILE *file, long long deadline)
{
	struct bytes event = {0};
	char headers[512];
	size_t size;

	do {
		reserve(&event, 65536);
		size = fread(event.data + event.length, 1, 65536, file);
		event.length += size;
	} while (size > 0);
	snprintf(headers, sizeof headers, "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012d\r\n"
	    "Lambda-Runtime-Deadline-Ms: %lld\r\n"
	    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:test\r\n"
	    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n",
	    n, deadline);
	reply(r, "200 OK", headers, event.data, event.length);
	free(event.data);
}

static void
accept_answer(struct request *r, int n, long long deadline)
{
	int fits = r->body.length <= (r->streamed ? MOST_STREAMED : MOST);
	FILE *file = open_file(n, "body", "we");

	note(n, "spare", "%lld\n", deadline - now());
	fwrite(r->body.data, 1, r->body.length, file);
	close_file(file);
	if (r->asked == RESPONSE && !fits)
		reply_text(r, "413 Request Entity Too Large", TOO_LARGE_BODY);
	else
		reply_text(r, "202 Accepted", OK_BODY);
	note(n, "outcome", "%s %d\n", r->asked == ERROR ? "error" : "response", r->asked == RESPONSE && !fits ? 413 : 202);
}

static void
note_end(int n)
{
	if (WIFSIGNALED(runtime_status))
		note(n, "outcome", "signal %d\n", WTERMSIG(runtime_status));
	else
		note(n, "outcome", "exit %d\n", WEXITSTATUS(runtime_status));
}

/* Until the event is answered. False: the runtime is no more, and that is noted. */
static int
await_answer(struct request *r, int n, long long deadline)
{
	char id[64];
	enum asked asked;

	snprintf(id, sizeof id, "8476a536-e9f4-11e8-9739-%012d", n);
	while ((asked = await(r, deadline)) != GONE && asked != LATE) {
		if (asked != RESPONSE && asked != ERROR)
			decline(r);
		else if (strcmp(r->id, id) != 0)
			reply_text(r, "400 Bad Request", BAD_ID_BODY);
		else {
			accept_answer(r, n, deadline);
			return 1;
		}
	}
	if (asked == GONE)
		note_end(n);
	else
		note(n, "outcome", "timeout\n");
	return 0;
}

/* One event, for a runtime that may wait for it already. False: it is to be started anew. */
static int
invoke(struct request *r, int n, FILE *event, long limit, long pause)
{
	long long deadline;

	if (runtime == 0)
		start_runtime();
	if (r->fd < 0)
		switch (await_next(r, now() + INIT_LIMIT)) {
		case GONE:
			note_end(n);
			return 0;
		case LATE:
			note(n, "outcome", "timeout\n");
			return 0;
		default:
			break;
		}
	deadline = now() + limit;
	deliver(r, n, event, deadline);
	if (!await_answer(r, n, deadline) || await_next(r, deadline) != NEXT)
		return 0;
	note_processes(n);
	if (pause > 0) {
		signal_processes(SIGSTOP);
		usleep((useconds_t)pause * 1000);
		signal_processes(SIGCONT);
	}
	return 1;
}

static void
listen_on_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	char name[32];

	if ((listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 64) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		err(1, "no socket on the loopback");
	snprintf(name, sizeof name, "127.0.0.1:%d", ntohs(address.sin_port));
	setenv("AWS_LAMBDA_RUNTIME_API", name, 1);
}

int
main(int argc, char *argv[])
{
	struct request request = { .fd = -1 };
	long limit = 10000, pause = 0;
	sigset_t set;
	FILE *event;
	int option;

	while ((option = getopt(argc, argv, "+t:z:")) != -1) {
		if (option == 't')
			limit = strtol(optarg, NULL, 10);
		else if (option == 'z')
			pause = strtol(optarg, NULL, 10);
		else
			return 64;
	}
	if (argc - optind < 2)
		errx(64, "usage: api [-t LIMIT] [-z PAUSE] FOLDER command [argument ...]");
	folder = argv[optind];
	command = argv + optind + 1;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if ((children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		err(1, "signalfd");
	/* Who has left a group, or its parent, is found all the same. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		err(1, "prctl");
	listen_on_loopback();
	for (int n = 1; (event = open_file(n, "event", "re")) != NULL; n++) {
		if (!invoke(&request, n, event, limit, pause))
			signal_processes(SIGKILL);
		fclose(event);
	}
	signal_processes(SIGKILL);
	return 0;
}
