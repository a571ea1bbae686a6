// Imports what it is told to and says what this process has cost so far. Told nothing, it is the empty Node.

for (const name of process.argv.slice(2)) await import(name);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ cpu: (user + system) / 1000, rss: process.memoryUsage.rss() / 2 ** 20 }));
