// A function call: what is left when there is no actor at all.

export async function start() {
  let count = 0
  const increment = ({ by }) => (count += by)
  return { ask: async (message) => increment(message), stop: async () => undefined }
}
