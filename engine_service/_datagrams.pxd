# cython: language_level=3, cdivision=True
"""Many datagrams with one call of the kernel, in and out, without the interpreter.

Where the kernel can, it hands over several datagrams of one sender as one (UDP_GRO) and cuts one
long message into datagrams (UDP_SEGMENT); where it cannot, each goes by itself.
"""

from libc.errno cimport EINTR, EINVAL, EIO, errno
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport malloc
from libc.string cimport memset

from transport._live_sessions cimport Outbox, Outgoing

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t
    cdef struct iovec:
        void *iov_base
        size_t iov_len
    cdef struct msghdr:
        void *msg_name
        socklen_t msg_namelen
        iovec *msg_iov
        size_t msg_iovlen
        void *msg_control
        size_t msg_controllen
        int msg_flags
    cdef struct mmsghdr:
        msghdr msg_hdr
        unsigned int msg_len
    cdef struct cmsghdr:
        size_t cmsg_len
        int cmsg_level
        int cmsg_type
    cdef struct timespec:
        pass
    cmsghdr *CMSG_FIRSTHDR(msghdr *message)
    unsigned char *CMSG_DATA(cmsghdr *control)
    size_t CMSG_LEN(size_t length)
    size_t CMSG_SPACE(size_t length)
    int recvmmsg(int fd, mmsghdr *messages, unsigned int count, int flags, timespec *timeout)
    int sendmmsg(int fd, mmsghdr *messages, unsigned int count, int flags)
    int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
    enum:
        MSG_DONTWAIT

cdef extern from "<netinet/in.h>" nogil:
    cdef struct in_addr:
        uint32_t s_addr
    cdef struct sockaddr_in:
        unsigned short sin_family
        uint16_t sin_port
        in_addr sin_addr
    uint16_t htons(uint16_t host)
    uint16_t ntohs(uint16_t network)
    enum:
        AF_INET

cdef enum:
    SOL_UDP = 17            # Linux, linux/udp.h
    UDP_SEGMENT = 103
    UDP_GRO = 104
    MESSAGES_MAX = 64       # a call
    MESSAGE_BYTES_MAX = 65536
    SEGMENTS_MAX = 64       # one message may be cut into
    SEGMENTED_BYTES_MAX = 65000
    CONTROL_WORDS = 8


cdef struct Messages:
    mmsghdr message[MESSAGES_MAX]
    iovec part[MESSAGES_MAX]
    sockaddr_in address[MESSAGES_MAX]
    uint64_t control[MESSAGES_MAX][CONTROL_WORDS]


cdef struct Inbox:
    Messages messages
    uint8_t *arena
    uint32_t count          # messages received; the one at `at` is read from `offset` on
    uint32_t at
    uint32_t offset
    uint32_t step           # bytes of a datagram in the message under way


cdef struct Mailer:
    Messages messages
    uint32_t datagrams[MESSAGES_MAX]    # so many in each message
    uint64_t unsent
    bint segments           # whether the kernel cuts messages


cdef inline bint inbox_open(Inbox *inbox, int fd) noexcept nogil:
    """False if memory is short."""
    cdef int on = 1
    memset(inbox, 0, sizeof(Inbox))
    inbox.arena = <uint8_t *>malloc(MESSAGES_MAX * MESSAGE_BYTES_MAX)  # real when first used
    setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on))  # an older kernel refuses: one by one then
    return inbox.arena != NULL


cdef inline uint32_t step_of(msghdr *message, uint32_t length) noexcept nogil:
    """Return the bytes of each datagram in a message; the last one may be shorter."""
    cdef cmsghdr *control = CMSG_FIRSTHDR(message)
    cdef int step
    if control != NULL and control.cmsg_level == SOL_UDP and control.cmsg_type == UDP_GRO:
        step = (<int *>CMSG_DATA(control))[0]
        if step > 0:
            return <uint32_t>step
    return length


cdef inline void inbox_receive(Inbox *inbox, int fd, unsigned int messages_max) noexcept nogil:
    """Take in what waits, at most so many messages; what was there before is gone."""
    cdef Messages *messages = &inbox.messages
    cdef msghdr *message
    cdef int received
    cdef uint32_t at
    # What the last call filled must be set anew; the rest never changes.
    for at in range(MESSAGES_MAX):
        message = &messages.message[at].msg_hdr
        if at > inbox.count and message.msg_iov != NULL:
            break
        messages.part[at].iov_base = inbox.arena + at * MESSAGE_BYTES_MAX
        messages.part[at].iov_len = MESSAGE_BYTES_MAX
        message.msg_iov = &messages.part[at]
        message.msg_iovlen = 1
        message.msg_name = &messages.address[at]
        message.msg_namelen = sizeof(sockaddr_in)
        message.msg_control = messages.control[at]
        message.msg_controllen = CONTROL_WORDS * sizeof(uint64_t)
    received = recvmmsg(fd, messages.message, messages_max, MSG_DONTWAIT, NULL)
    inbox.count = received if received > 0 else 0
    inbox.at = inbox.offset = inbox.step = 0


cdef inline const uint8_t *inbox_look(Inbox *inbox, uint32_t *length) noexcept nogil:
    """Return the next datagram, NULL if there is none. ``inbox_next`` goes past it."""
    cdef uint32_t message_bytes
    if inbox.at == inbox.count:
        return NULL
    message_bytes = inbox.messages.message[inbox.at].msg_len
    if inbox.offset == 0:
        inbox.step = step_of(&inbox.messages.message[inbox.at].msg_hdr, message_bytes)
    length[0] = min(inbox.step, message_bytes - inbox.offset)
    return inbox.arena + inbox.at * MESSAGE_BYTES_MAX + inbox.offset


cdef inline void inbox_next(Inbox *inbox) noexcept nogil:
    inbox.offset += inbox.step
    if inbox.offset >= inbox.messages.message[inbox.at].msg_len:
        inbox.at += 1
        inbox.offset = 0


cdef inline uint32_t run_length(const Outbox *outbox, uint32_t first, bint segments) noexcept nogil:
    """Return how many datagrams from ``first`` on can go as one message."""
    cdef const Outgoing *head = &outbox.datagram[first]
    cdef const Outgoing *datagram
    cdef uint32_t count = 1, bytes_ = head.length
    if not segments:
        return 1
    while count < SEGMENTS_MAX and first + count < outbox.count:
        datagram = &outbox.datagram[first + count]
        if datagram.ip != head.ip or datagram.port != head.port or datagram.length > head.length:
            break
        if bytes_ + datagram.length > SEGMENTED_BYTES_MAX:
            break
        count += 1
        bytes_ += datagram.length
        if datagram.length < head.length:  # only the last may be shorter
            break
    return count


cdef inline void write_message(Mailer *mailer, uint32_t at, const Outbox *outbox, uint32_t first,
                               uint32_t count) noexcept nogil:
    cdef Messages *messages = &mailer.messages
    cdef msghdr *message = &messages.message[at].msg_hdr
    cdef const Outgoing *head = &outbox.datagram[first]
    cdef const Outgoing *last = &outbox.datagram[first + count - 1]
    cdef cmsghdr *control
    messages.address[at].sin_family = AF_INET
    messages.address[at].sin_port = htons(head.port)
    messages.address[at].sin_addr.s_addr = head.ip
    messages.part[at].iov_base = outbox.arena + head.at
    messages.part[at].iov_len = last.at + last.length - head.at
    message.msg_name = &messages.address[at]
    message.msg_namelen = sizeof(sockaddr_in)
    message.msg_iov = &messages.part[at]
    message.msg_iovlen = 1
    message.msg_flags = 0
    message.msg_control = NULL
    message.msg_controllen = 0
    if count > 1:
        message.msg_control = messages.control[at]
        message.msg_controllen = CMSG_SPACE(sizeof(uint16_t))
        control = CMSG_FIRSTHDR(message)
        control.cmsg_level = SOL_UDP
        control.cmsg_type = UDP_SEGMENT
        control.cmsg_len = CMSG_LEN(sizeof(uint16_t))
        (<uint16_t *>CMSG_DATA(control))[0] = <uint16_t>head.length
    mailer.datagrams[at] = count


cdef inline void mailer_send(Mailer *mailer, int fd, const Outbox *outbox) noexcept nogil:
    """Send every datagram of the outbox. What the kernel refuses counts as unsent: as if it were
    lost on the way, whoever misses it asks again.
    """
    cdef uint32_t first = 0, next_, count, at
    cdef int sent
    while first < outbox.count:
        count = 0
        next_ = first
        while count < MESSAGES_MAX and next_ < outbox.count:
            write_message(mailer, count, outbox, next_, run_length(outbox, next_, mailer.segments))
            next_ += mailer.datagrams[count]
            count += 1
        sent = sendmmsg(fd, mailer.messages.message, count, MSG_DONTWAIT)
        for at in range(sent if sent > 0 else 0):
            first += mailer.datagrams[at]
        if sent > 0 or errno == EINTR:
            continue
        if mailer.datagrams[0] > 1 and (errno == EIO or errno == EINVAL):
            mailer.segments = False  # this kernel or this device does not cut: one by one then
            continue
        mailer.unsent += mailer.datagrams[0]
        first += mailer.datagrams[0]
