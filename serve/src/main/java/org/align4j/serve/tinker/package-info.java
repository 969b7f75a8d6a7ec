/**
 * Tinker's wire at {@code /api/v1}, begun by {@link org.align4j.serve.tinker.Tinker}: a training loop of a client's own, whose forwards, steps and
 * samples run here. {@link org.align4j.serve.tinker.TinkerModels} trains; each model's calls are logged before they are promised.
 */
@NullMarked
package org.align4j.serve.tinker;

import org.jspecify.annotations.NullMarked;
