/**
 * Webhooks: addresses that are notified when jobs and batches end, signed as OpenAI's are. {@link org.align4j.serve.webhook.Webhooks} is the way in. Knows the
 * store and what may be sent to; what is sent is entered there by whoever ends something.
 */
@NullMarked
package org.align4j.serve.webhook;

import org.jspecify.annotations.NullMarked;
