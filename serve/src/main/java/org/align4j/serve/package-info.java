/**
 * {@code align serve}: fine-tuning jobs and chats on this machine, for clients of hosted services; begun by {@code ServeCommand}. Jobs train in
 * processes of their own, found by the names of training methods, so no method's module is known here.
 */
@NullMarked
package org.align4j.serve;

import org.jspecify.annotations.NullMarked;
