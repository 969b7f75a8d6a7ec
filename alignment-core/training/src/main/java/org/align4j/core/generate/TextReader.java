package org.align4j.core.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Variant;
import org.align4j.core.stop.StopSignal;

/**
 * Reads texts through a queue, beside the answers that it makes, and waits for what is found. Where the variant is {@linkplain Variant#exact
 * exact}, a token that was drawn has the log-probability, bit for bit, that it had then.
 *
 * @param queue that reads
 * @param variant of it
 */
public record TextReader(AnswerQueue queue, Variant variant) {
    private static final long LOOK_EVERY_MILLIS = 100;

    /**
     * Reads texts.
     *
     * @param texts {@code [texts][T]} token ids
     * @param asked what is asked of each
     * @return what was found, in the order of the texts
     * @throws org.align4j.core.error.InputException where a text is longer than the model reads, or has an id that it doesn't know
     * @throws IllegalStateException where the queue or the variant is closed
     */
    public List<PromptScores> read(List<int[]> texts, List<AskedScores> asked) {
        List<Reading> readings = new ArrayList<>();
        try {
            for (int i = 0; i < texts.size(); i++) {
                readings.add(Reading.of(queue, Request.reading(variant, texts.get(i), asked.get(i))));
            }
            return readings.stream().map(Reading::await).toList();
        } finally {
            readings.forEach(reading -> reading.answering().cancel());
        }
    }

    /**
     * Reads how likely some tokens are after each token of texts.
     *
     * @param texts {@code [texts][T]} token ids
     * @param targets {@code [texts][T][K]} tokens asked for after each, any number
     * @return {@code [texts][T][K]} log-probabilities in nats, to the bits of the fp32 that was computed
     */
    public double[][][] targets(List<int[]> texts, List<int[][]> targets) {
        List<PromptScores> found =
                read(texts, targets.stream().map(AskedScores::ofFollowing).toList());
        double[][][] all = new double[texts.size()][][];
        for (int i = 0; i < all.length; i++) {
            float[][] own = found.get(i).following();
            all[i] = new double[own.length][];
            for (int t = 0; t < own.length; t++) {
                all[i][t] = new double[own[t].length];
                for (int k = 0; k < own[t].length; k++) {
                    all[i][t][k] = own[t][k];
                }
            }
        }
        return all;
    }

    private record Reading(CompletableFuture<PromptScores> whole, Answering answering) {
        static Reading of(AnswerQueue queue, Request request) {
            CompletableFuture<PromptScores> whole = new CompletableFuture<>();
            Answering answering = queue.submit(request, new AnswerQueue.Listener() {
                @Override
                public void ended(Ended answer) {
                    if (answer.reason() == EndReason.LENGTH) {
                        whole.complete(answer.prompt());
                    } else {
                        whole.completeExceptionally(
                                new IllegalStateException("The queue was closed while a text was read; open another."));
                    }
                }

                @Override
                public void failed(RuntimeException why) {
                    whole.completeExceptionally(why);
                }
            });
            return new Reading(whole, answering);
        }

        PromptScores await() {
            while (true) {
                try {
                    StopSignal.throwIfStopped();
                    return whole.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException notYet) {
                    // The next round looks whether to stop.
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("The thread was interrupted while texts were read.", interrupted);
                } catch (ExecutionException failed) {
                    if (failed.getCause() instanceof RuntimeException why) {
                        throw why;
                    }
                    throw new CompletionException(failed.getCause());
                }
            }
        }
    }
}
