/*
 * The start of a program on a Cortex-M4F: its vector table, and a reset that switches the
 * floating-point unit on before the C library starts.
 */
#include <stdint.h>

extern uint32_t stack_top;
void _start(void);
void reset(void);

/* Coprocessor Access Control Register; full access to coprocessors 10 and 11. */
#define CPACR (*(volatile uint32_t *)0xE000ED88U)
#define FLOATING_POINT (0xFU << 20)

void reset(void)
{
    CPACR |= FLOATING_POINT;
    __asm volatile("dsb\n isb");
    _start();
}

/* A fault ends here, and the emulator runs into its time limit. */
static void fault(void)
{
    for (;;) {
    }
}

union vector {
    uint32_t *stack;
    void (*handler)(void);
};

__attribute__((section(".vectors"), used)) static const union vector vectors[] = {
    {.stack = &stack_top},
    {.handler = reset},
    {.handler = fault},
    {.handler = fault},
};
