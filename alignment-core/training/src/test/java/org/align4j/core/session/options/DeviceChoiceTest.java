package org.align4j.core.session.options;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.core.machine.DeviceChoice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceChoiceTest {
    /** What config.yaml holds is read as the same device. */
    @ParameterizedTest
    @CsvSource({"auto, AUTO, 0", "cpu, CPU, 0", "gpu, GPU, 0", "gpu:1, GPU, 1", "gpu:12, GPU, 12"})
    void aDeviceIsWrittenAsItIsRead(String text, DeviceChoice.Processor processor, int index) {
        assertThat(DeviceChoice.parse(text)).isEqualTo(new DeviceChoice(processor, index));
        assertThat(new DeviceChoice(processor, index)).hasToString(text);
    }
}
