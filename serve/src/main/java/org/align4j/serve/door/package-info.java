/**
 * What the doors to the server have in common, each of which speaks another hosted service's format: how a request's fields are read
 * ({@link org.align4j.serve.door.Asked}), the committed table of what becomes of each ({@link org.align4j.serve.door.FieldTable}), and how a job is
 * made of them ({@link org.align4j.serve.door.JobDoor}). Chats are answered in OpenAI's words, into which each door puts its own ({@link
 * org.align4j.serve.door.Answers}). Knows no service's paths.
 */
@NullMarked
package org.align4j.serve.door;

import org.jspecify.annotations.NullMarked;
