// The counter as a task of piscina.

let count = 0

export default function increment({ by }) {
  return (count += by)
}
