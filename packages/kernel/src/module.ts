/** A module beside the entry point, bundled into it or not: there the kernel's own prebuilt validators lie. */
export const KERNEL_MODULE: string = import.meta.url;
