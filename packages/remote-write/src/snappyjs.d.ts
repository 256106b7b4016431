declare module 'snappyjs' {
  const snappyjs: {
    compress(uncompressed: Uint8Array): Uint8Array;
    uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
  };
  export default snappyjs;
}
