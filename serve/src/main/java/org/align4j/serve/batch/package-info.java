/**
 * Batches: files of requests that are answered while there is time, each once, over restarts of the server. {@link org.align4j.serve.batch.Batches} is
 * the way in. Knows files and the store; how a request is answered is given to it, so that it must not depend on any service's documents.
 */
@NullMarked
package org.align4j.serve.batch;

import org.jspecify.annotations.NullMarked;
