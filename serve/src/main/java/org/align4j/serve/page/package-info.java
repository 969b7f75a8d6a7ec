/**
 * The page at {@code /}: what people see of jobs, files and chats, and the few answers below {@code /ui/api} that it needs beside OpenAI's.
 * Entry: {@link org.align4j.serve.page.Page}.
 */
@NullMarked
package org.align4j.serve.page;

import org.jspecify.annotations.NullMarked;
