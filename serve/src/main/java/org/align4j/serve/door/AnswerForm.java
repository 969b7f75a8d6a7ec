package org.align4j.serve.door;

import java.util.Map;
import java.util.function.Function;
import org.align4j.core.files.Json;
import org.align4j.web.EventStream;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** The form in which a client reads the answer to one request: whole, or as events. */
public interface AnswerForm {
    /** Takes the chunks of a streamed answer, each a document in one line; the last is {@code [DONE]}. */
    interface Chunks {
        /** Sends a chunk. */
        void send(String document);

        /** Sends a sign of life where there is nothing to say. */
        void keepAlive();
    }

    /** Returns the document of an answer that is over, made of that of a chat. */
    Object whole(Map<String, @Nullable Object> chat);

    /** Begins a streamed answer. */
    Chunks begin(EventStream out);

    /** Says what went wrong after a streamed answer began. */
    void fail(EventStream out, Refusal refusal);

    /**
     * Returns the form of chats and completions.
     *
     * @param refused writes what went wrong
     */
    static AnswerForm plain(Function<Refusal, ?> refused) {
        return new AnswerForm() {
            @Override
            public Object whole(Map<String, @Nullable Object> chat) {
                return chat;
            }

            @Override
            public Chunks begin(EventStream out) {
                return new Chunks() {
                    @Override
                    public void send(String document) {
                        out.send(document);
                    }

                    @Override
                    public void keepAlive() {
                        out.keepAlive();
                    }
                };
            }

            @Override
            public void fail(EventStream out, Refusal refusal) {
                out.send(Json.text(refused.apply(refusal)));
            }
        };
    }
}
