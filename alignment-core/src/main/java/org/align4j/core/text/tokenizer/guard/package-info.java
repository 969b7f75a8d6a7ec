/**
 * Refuses tokenizer.json files at which the native library would end the whole process; the entry type is {@link
 * org.align4j.core.text.tokenizer.guard.LibraryGuard}. Must not depend on the tokenizer that uses it.
 */
@NullMarked
package org.align4j.core.text.tokenizer.guard;

import org.jspecify.annotations.NullMarked;
