package org.align4j.core.compare;

import org.align4j.core.eval.win.WinRate;

/**
 * Holds what one judge says of one system against the first one, on a part of the prompts.
 *
 * @param judge the judge as it was named
 * @param system the system whose win rate this is
 * @param by what the prompts are parted by: {@code tag}, {@code prompt_length}, {@code answer_length} or {@code language}
 * @param group the part, such as a tag, {@code short} or {@code eng}
 * @param wins how often the system wins there
 */
record GroupResult(String judge, String system, String by, String group, WinRate wins) {}
