package org.align4j.core.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Listener;
import org.align4j.core.generate.AnswerQueue.Piece;

/** Collects what a listener hears of one answer. */
class Heard implements Listener {
    private static final int PATIENCE_SECONDS = 120;

    final List<Piece> pieces = new ArrayList<>();
    private final CompletableFuture<Ended> end = new CompletableFuture<>();

    @Override
    public void piece(Piece piece) {
        pieces.add(piece);
    }

    @Override
    public void ended(Ended answer) {
        end.complete(answer);
    }

    @Override
    public void failed(RuntimeException why) {
        end.completeExceptionally(why);
    }

    /** Waits for the end. */
    Ended awaited() throws Exception {
        return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
