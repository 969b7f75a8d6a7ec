package org.align4j.core.environment;

import static org.align4j.core.error.RootFormat.format;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.Environment.Step;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.stop.StopSignal;

/** Environments that are objects, one for each episode, each asked on a thread of its own that is left when it takes too long. */
final class SideBySide implements EnvironmentHost {
    private static final long LOOK_MILLIS = 50;

    private final Supplier<? extends Environment> maker;
    private final long allowed;
    private final Map<String, Playing> living = new ConcurrentHashMap<>();

    /**
     * @param maker makes the environment of an episode
     * @param allowed time for all answers of one
     */
    SideBySide(Supplier<? extends Environment> maker, Duration allowed) {
        this.maker = maker;
        this.allowed = allowed.toNanos();
    }

    /** An episode's environment, and the time that it has taken. */
    private static final class Playing {
        private final Environment environment;
        private long taken;

        Playing(Environment environment) {
            this.environment = environment;
        }
    }

    @Override
    public void requirePrompts(List<PromptTokens> prompts) {
        Environment asked = maker.get();
        asked.requirePrompts(prompts);
        leave(asked);
    }

    @Override
    public List<Answer> reset(List<Opening> openings) {
        List<Asked> asked = new ArrayList<>();
        for (Opening opening : openings) {
            Playing playing = new Playing(maker.get());
            living.put(opening.episode(), playing);
            asked.add(Asked.of(playing, () -> {
                String added = playing.environment.reset(opening.row(), opening.seed());
                return new Step(added, 0, false);
            }));
        }
        return answers(asked);
    }

    @Override
    public List<Answer> step(List<Turn> turns) {
        List<Asked> asked = new ArrayList<>();
        for (Turn turn : turns) {
            Playing playing = living.get(turn.episode());
            if (playing == null) {
                throw new IllegalArgumentException("There is no episode " + turn.episode() + ".");
            }
            asked.add(Asked.of(playing, () -> playing.environment.step(turn.action())));
        }
        return answers(asked);
    }

    /** A question on its way. */
    private record Asked(Playing playing, FutureTask<Step> step, long since) {
        static Asked of(Playing playing, Callable<Step> question) {
            FutureTask<Step> step = new FutureTask<>(question);
            start(step);
            return new Asked(playing, step, System.nanoTime());
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "environment");
        thread.setDaemon(true);
        thread.start();
    }

    private List<Answer> answers(List<Asked> asked) {
        return asked.stream().map(this::answer).toList();
    }

    private Answer answer(Asked asked) {
        Playing playing = asked.playing;
        long until = asked.since + allowed - playing.taken;
        while (true) {
            StopSignal.throwIfStopped();
            try {
                Step step = asked.step.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                playing.taken += System.nanoTime() - asked.since;
                return step == null || step.observation() == null
                        ? Answer.failed("answered nothing")
                        : new Answer(step.observation(), playing.environment.role(), step.reward(), step.done(), null);
            } catch (TimeoutException waiting) {
                if (System.nanoTime() > until) {
                    asked.step.cancel(true);
                    return Answer.failed(format("took longer than max-episode-seconds (%s s)", allowed / 1e9));
                }
            } catch (ExecutionException failed) {
                if (failed.getCause() instanceof RunException ofRun) {
                    throw ofRun;
                }
                return Answer.failed("failed: " + said(failed.getCause() == null ? failed : failed.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Answer.failed("was interrupted");
            }
        }
    }

    private static String said(Throwable failed) {
        String message = failed.getMessage();
        return Shortened.of(message == null ? failed.toString() : message.replaceFirst("\\.$", ""));
    }

    @Override
    public void end(List<String> episodes) {
        for (String episode : episodes) {
            Playing playing = living.remove(episode);
            if (playing != null) {
                leave(playing.environment);
            }
        }
    }

    /** Closes an environment on a thread that nobody waits for: one that hangs in its answer may hang here, too. */
    private static void leave(Environment environment) {
        start(environment::close);
    }

    @Override
    public void close() {
        end(List.copyOf(living.keySet()));
    }
}
