package org.align4j.core.files;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Puts something before each operation by which this process changes the disk. */
public final class HeldDisk {
    private HeldDisk() {}

    /** Calls {@code before} ahead of each operation from now on. */
    public static void hold(Runnable before) {
        Disk disk = CurrentDisk.get();
        CurrentDisk.replace((Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    before.run();
                    try {
                        return method.invoke(disk, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                }));
    }
}
