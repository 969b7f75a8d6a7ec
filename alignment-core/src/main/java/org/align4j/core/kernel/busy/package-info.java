/**
 * How the engine's threads wait for each other beside other work: {@link org.align4j.core.kernel.busy.BusyWatch} looks whether
 * processors are scarce and has {@link org.align4j.core.kernel.busy.SleepingWaits} switch libtorch's threads between spinning and
 * sleeping. Knows no kernel, no model and no command.
 */
@NullMarked
package org.align4j.core.kernel.busy;

import org.jspecify.annotations.NullMarked;
