package org.align4j.core.environment;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * The parts of a run that its environments are opened with.
 *
 * @param episodeTime how long the environment of one episode may take for all its answers
 * @param notes takes sentences for the console, on any thread
 */
public record EnvironmentContext(Duration episodeTime, Consumer<String> notes) {}
