#!/usr/bin/python3
"""RQ as far as strings, lists and keys carry it: what its queues do with the ids of jobs, and a
worker's loop that performs them.

RQ keeps a job in a hash and the names of its queues in a set. Jobs are kept in strings here
instead, in RQ's own serialisation; the last case shows that hashes and sets are all that is
missing, and fails once they are not."""

import pickle
import threading

import redis
from rq import Queue
from rq.exceptions import DequeueTimeout, NoSuchJobError
from rq.job import Job

from suite import Suite, contains, equal, true

suite = Suite()
JOBS = 200


class StringJob(Job):
    """A job whose fields are a string, not a hash."""

    def save(self, pipeline=None, include_meta=True, include_result=True):
        connection = pipeline if pipeline is not None else self.connection
        fields = {name: value.encode() if isinstance(value, str) else value
                  for name, value in self.to_dict().items()}
        connection.set(self.key, pickle.dumps(fields))

    def refresh(self):
        data = self.connection.get(self.key)
        if data is None:
            raise NoSuchJobError("No such job: %s" % self.key)
        self.restore(pickle.loads(data))


def connect(running):
    return redis.Redis(host="127.0.0.1", port=running.port, socket_timeout=60)


def enqueue(queue, function, *arguments, at_front=False):
    job = StringJob.create(function, arguments, connection=queue.connection, origin=queue.name)
    with queue.connection.pipeline() as pipeline:  # MULTI and EXEC
        job.save(pipeline=pipeline)
        queue.push_job_id(job.id, pipeline=pipeline, at_front=at_front)
        pipeline.execute()
    return job


def work(queues, connection, results, timeout):
    """A worker that ends when nothing comes for `timeout` seconds."""
    while True:
        try:
            job, queue = Queue.dequeue_any(queues, timeout, connection=connection,
                                           job_class=StringJob)
        except DequeueTimeout:
            return
        results.append((queue.name, job.perform()))


@suite.case("ids in a queue")
def ids(running):
    queue = Queue("default", connection=connect(running), job_class=StringJob)
    true(queue.is_empty() and queue.count == 0, "a queue is empty")
    for i in range(5):
        queue.push_job_id("job-%d" % i)
    queue.push_job_id("urgent", at_front=True)
    equal(queue.job_ids, ["urgent", "job-0", "job-1", "job-2", "job-3", "job-4"])
    equal(queue.get_job_ids(1, 2), ["job-0", "job-1"])
    equal(queue.get_job_position("job-3"), 4)
    equal(queue.get_job_position("nowhere"), None)
    equal(queue.remove("job-3"), 1)
    equal(queue.remove("job-3"), 0)
    equal(queue.pop_job_id(), "urgent")
    equal(len(queue), 4)
    true(queue.acquire_cleaning_lock() and not queue.acquire_cleaning_lock(), "a lock by SET NX")
    true(queue.get_redis_server_version() >= (7, 0, 0), "the version in INFO")


@suite.case("dead jobs are dropped by compact")
def compact(running):
    queue = Queue("default", connection=connect(running), job_class=StringJob)
    alive = [enqueue(queue, max, i, 1) for i in range(4)]
    for i in range(0, 4, 2):
        queue.push_job_id("dead-%d" % i)
        alive[i].connection.delete(alive[i].key)
    queue.compact()
    equal(queue.job_ids, [alive[1].id, alive[3].id])


@suite.case("the order of queues, waiting and not")
def order(running):
    connection = connect(running)
    high, low = (Queue(name, connection=connection, job_class=StringJob)
                 for name in ("high", "low"))
    enqueue(low, pow, 2, 3)
    enqueue(high, pow, 2, 5)
    enqueue(high, pow, 2, 4, at_front=True)
    results = []
    work([high, low], connection, results, 1)
    equal(results, [("high", 16), ("high", 32), ("low", 8)])
    equal(Queue.lpop([high.key, low.key], None, connection=connection), None)
    equal(connection.keys("rq:queue:*"), [])


@suite.case("workers that wait share the jobs")
def workers(running):
    queue = Queue("default", connection=connect(running), job_class=StringJob)
    results = [[] for _ in range(4)]
    threads = []
    for own in results:
        connection = connect(running)
        mine = Queue("default", connection=connection, job_class=StringJob)
        threads.append(threading.Thread(target=work, args=([mine], connection, own, 2)))
    for thread in threads:
        thread.start()
    for i in range(JOBS):
        enqueue(queue, divmod, i, 7)
    for thread in threads:
        thread.join(120)
        true(not thread.is_alive(), "a worker ends")
    done = sorted(result for own in results for _, result in own)
    equal(done, sorted(divmod(i, 7) for i in range(JOBS)))
    equal(queue.count, 0)


@suite.case("where RQ's hashes and sets begin", kv_only=True)
def missing(running):
    queue = Queue("default", connection=connect(running))
    try:
        queue.enqueue(max, 1, 2)
        raise AssertionError("RQ enqueues plain jobs: run its own worker here")
    except redis.ResponseError as error:
        contains(str(error), "unknown command", "SADD")


if __name__ == "__main__":
    raise SystemExit(suite.main())
