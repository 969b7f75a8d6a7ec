/**
 * Sends what a run or a sweep came to elsewhere: to an MLflow server while the run trains ({@link org.align4j.desk.track.MlflowSink}) and afterwards
 * ({@link org.align4j.desk.track.TrackCommand}), and to Weights &amp; Biases by its own Python client. What was sent is in the folder's {@code
 * track.json}, so that nothing is sent twice. Must not depend on {@code org.align4j.desk} itself.
 */
@NullMarked
package org.align4j.desk.track;

import org.jspecify.annotations.NullMarked;
