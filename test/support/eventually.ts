const pauseMs = 50;

/** Repeats a check, whatever it fails with, until it holds. The last failure is thrown when it does not hold in time, which is long: only a fault takes it. */
export async function eventually(check: () => Promise<void>, withinMs = 60_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
