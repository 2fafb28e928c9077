// fun.js MODULE FOLDER EVENT ...: has @vercel/fun run FOLDER/bootstrap, and prints what it answers to each event.
const [module_, folder, ...events] = process.argv.slice(2);
const { createFunction } = require(module_);

(async () => {
	const invoke = await createFunction({ Code: { Directory: folder }, Handler: 'function.handler', Runtime: 'provided' });
	for (const event of events)
		console.log(JSON.stringify(await invoke(JSON.parse(event))));
	await invoke.destroy();
})();
